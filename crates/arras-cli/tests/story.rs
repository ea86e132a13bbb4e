//! The story as people read it: hand-made runs at several widths, compared with files.
#![allow(clippy::unwrap_used)]

mod support;

use std::io::Write;
use std::sync::{Arc, Mutex};

use arras_cli::look::{Lines, Look};
use arras_cli::reporter::story::Story;
use arras_cli::reporter::{Detail, Reporter, Telling};
use arras_run::event::Event;

const SUMMARIES: [&str; 3] = ["Succeeded", "Failed", "Interrupted"];

#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn told(events: &[Event], detail: Detail, look: Look) -> String {
    let out = Shared::default();
    let notes =
        vec!["rekognitionApi → http://127.0.0.1:41833 (mock)".to_owned(), "aws-sigv4 rekognition/us-east-1".to_owned()];
    let telling = Telling { detail, look, places: support::places(), notes };
    let mut story: Box<dyn Reporter> = Box::new(Story::new(telling, out.clone()));
    events.iter().for_each(|event| story.event(event));
    story.finish().unwrap();
    let bytes = out.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn runs_at_several_widths() {
    for (name, events) in support::all() {
        for width in [40, 80, 120, 140] {
            let text = told(&events, Detail::Steps, support::look(width));
            support::snapshot(&format!("story-{name}-{width}"), &text);
            assert!(!text.contains('\r'), "{name}");
        }
    }
}

#[test]
fn nothing_goes_past_the_edge_of_a_terminal() {
    for (name, events) in support::all() {
        for width in [40, 60, 80, 100, 200] {
            let text = told(&events, Detail::Steps, support::look(width));
            // Lines of a drawing may be wider at 40 columns; lines of the story never are.
            let drawn = |line: &str| line.contains(['│', '·', '╭', '╰', '×', '⚠']) && !line.starts_with(" ✓");
            // The summary stays one line, even if the names alone are too long for it.
            for line in text.lines().filter(|line| !drawn(line) && !SUMMARIES.iter().any(|word| line.starts_with(word)))
            {
                assert!(arras_cli::display::width(line) <= width, "{name} at {width}: {line}");
            }
        }
    }
}

#[test]
fn the_last_line_is_always_the_summary() {
    for (name, events) in support::all() {
        for detail in [Detail::Summary, Detail::Steps, Detail::Criteria, Detail::Exchanges] {
            let text = told(&events, detail, support::look(100));
            let last = text.lines().last().unwrap();
            assert!(SUMMARIES.iter().any(|word| last.starts_with(word)), "{name}: {last}");
            assert!(detail != Detail::Summary || text.lines().count() == 1, "{name}: {text}");
        }
    }
}

#[test]
fn details_grow_with_v() {
    support::snapshot("story-quiet", &told(&support::criterion_unsatisfied(), Detail::Summary, support::look(120)));
    support::snapshot("story-v", &told(&support::criterion_unsatisfied(), Detail::Criteria, support::look(120)));
    support::snapshot("story-vv", &told(&support::success(), Detail::Exchanges, support::look(120)));
}

#[test]
fn files_get_long_lines_terminals_colour_and_old_ones_ascii() {
    let look = support::look(100);
    let free = Look { lines: Lines::Free, ..look };
    support::snapshot("story-free", &told(&support::nested(), Detail::Steps, free));
    let color = Look { color: true, ..look };
    support::snapshot("story-color", &told(&support::criterion_unsatisfied(), Detail::Steps, color));
    let ascii = Look { unicode: false, ..look };
    let text = told(&support::criterion_unsatisfied(), Detail::Steps, ascii);
    assert!(text.is_ascii(), "{text}");
    support::snapshot("story-ascii", &text);
}

#[test]
fn each_failure_is_printed_once() {
    let cases = [
        (support::budget(), "was visited 40 times"),
        (support::untold_fault(), "took longer than 1 h"),
        (support::transport_fault(), "nothing listens"),
        (support::criterion_unsatisfied(), "criterion 2 of 2 is not satisfied"),
    ];
    for (events, message) in cases {
        let twice: Vec<_> = events.iter().chain(&events).cloned().collect();
        for detail in [Detail::Summary, Detail::Steps, Detail::Criteria] {
            let (once, twice) = (told(&events, detail, support::look(120)), told(&twice, detail, support::look(120)));
            assert_eq!(once.matches(message).count(), 1, "{detail:?}: {once}");
            assert_eq!(twice.matches(message).count(), 2, "{detail:?}: {twice}");
        }
    }
}

#[test]
fn several_runs_end_with_a_total() {
    let events: Vec<_> = support::success().into_iter().chain(support::transport_fault()).collect();
    support::snapshot("story-several", &told(&events, Detail::Steps, support::look(120)));
}
