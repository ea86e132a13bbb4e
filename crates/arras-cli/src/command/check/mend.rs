//! `--fix`: tries the changes that findings offer, file by file and in memory, and writes what brings nothing new.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use arras::Engine;
use arras_doc::diagnostic::Diagnostic;
use arras_doc::source::{Source, SourceId};

use super::merge::{Looked, levelled};
use super::{Look, fix, look_at, replace};
use crate::args::CheckArgs;
use crate::args::values::levels;
use crate::command::Failure;
use crate::context::Context;
use crate::display::count;
use crate::look::Tone;

/// Mends the files that were asked for, never what they refer to; what was found is then as after another look.
pub(super) async fn mend(look: &mut Look, args: &CheckArgs, engine: &Engine, context: &Context) -> Result<(), Failure> {
    let mut mender = Mender { args, engine, context };
    let offered: HashSet<SourceId> = look.merged.found().filter_map(fix::mends).collect();
    let sources = look.shelf.sources();
    let texts: HashMap<&str, SourceId> = look
        .merged
        .texts()
        .into_iter()
        .filter(|id| offered.contains(id))
        .map(|id| (&*sources.get(id).name, id))
        .collect();
    let files: Vec<String> = look.merged.files().map(str::to_owned).collect();
    let mut done = 0;
    let mut mended: HashMap<PathBuf, String> = HashMap::new();
    for id in files.iter().filter_map(|file| texts.get(file.as_str())) {
        let source = sources.get(*id);
        let place = Path::new(&*source.name).canonicalize().unwrap_or_default();
        // a file that is named by several links is mended once
        if let Some(text) = mended.get(&place) {
            look.shelf.edit(&source.name, text.clone().into_bytes());
            let found = mender.look_again(look, &look.merged.files_with(*id)).await?;
            found.looked.into_iter().for_each(|looked| look.merged.add(looked));
            continue;
        }
        let (count, text) = mender.file(look, *id, source).await?;
        done += count;
        mended.insert(place, text);
    }
    let look = context.look(args.common.color, &context.stderr);
    let word = look.paint(Tone::Good, "Fixed").into_owned();
    context.write_stderr(&look.spell(format!("{word}  {}\n", count(done, "finding"))));
    Ok(())
}

struct Mender<'a> {
    args: &'a CheckArgs,
    engine: &'a Engine,
    context: &'a Context,
}

impl Mender<'_> {
    /// Mends one file; gives how many findings were, and its text.
    async fn file(&mut self, look: &mut Look, first: SourceId, before: &Source) -> Result<(usize, String), Failure> {
        if let Err(why) = replace::unchanged(&before.name, &before.text) {
            self.warn(&why);
            return Ok((0, before.text.to_string()));
        }
        // what is found elsewhere depends on nothing that changes
        let files = look.merged.files_with(first);
        let mut found = self.look_again(look, &files).await?;
        let (mut id, mut done, mut choice) = (first, 0, fix::Choice::default());
        for round in 0.. {
            let sources = look.shelf.sources();
            let source = sources.get(id);
            let shelf = look.shelf.clone();
            let pointer = move |source, span| shelf.pointer(source, span);
            if round == fix::ROUNDS {
                self.warn_of_left(before, fix::open(id, &found.diagnostics, &choice, &pointer).len());
                break;
            }
            let fixed = fix::changed(source, id, &found.diagnostics, &choice, &pointer);
            if fixed.count == 0 {
                break;
            }
            look.shelf.edit(&before.name, fixed.text.clone().into_bytes());
            let next = self.look_again(look, &files).await?;
            if let Some(new) = fix::brought(&found.diagnostics, &next.diagnostics) {
                // a change that has consequences is one for a person to make; the others of the round are not to blame
                if let Some((_, what)) = &fixed.only {
                    let (rule, message) = (new.rule.id, &new.message);
                    self.warn(&format!("a change is taken back: {what}: with it there is `{rule}`: {message}"));
                }
                look.shelf.revert(id);
                choice.narrow(&fixed);
                continue;
            }
            choice.widen();
            done += fixed.count;
            let sources = look.shelf.sources();
            let Some(now) = next.texts.iter().find(|id| sources.get(**id).name == before.name) else { break };
            (id, found) = (*now, next);
        }
        let text = look.shelf.sources().get(id).text.clone();
        let written = if done == 0 { Ok(()) } else { replace::replace(&before.name, &before.text, &text) };
        if let Err(why) = &written {
            self.warn(why);
            look.shelf.revert(first);
            found = self.look_again(look, &files).await?;
            done = 0;
        }
        if id != first {
            found.looked.into_iter().for_each(|looked| look.merged.add(looked));
        }
        let text = if done == 0 { &before.text } else { &text };
        Ok((done, text.to_string()))
    }

    fn warn_of_left(&self, file: &Source, left: usize) {
        if left > 0 {
            let left = count(left, "change");
            self.warn(&format!("`{}`: {left} not tried after {} rounds: check it once more", file.name, fix::ROUNDS));
        }
    }

    /// What is found in files by now, and in all of them together.
    async fn look_again(&self, look: &Look, files: &[String]) -> Result<Found, Failure> {
        let mut looked = Vec::new();
        for file in files {
            looked.push(look_at(file, self.args, self.engine, &look.shelf).await?.0);
        }
        let texts: HashSet<SourceId> = looked.iter().flat_map(|one| &one.texts).copied().collect();
        let mut seen = HashSet::new();
        let found = looked.iter().flat_map(|one| &one.diagnostics).filter(|one| {
            seen.insert((one.rule.id, one.primary().map(|label| (label.source, label.span)), &one.message))
        });
        let mut diagnostics = levelled(found.cloned().collect(), &texts, &look.shelf, &levels(&self.args.rule));
        diagnostics.sort_by_key(|one| one.primary().map(|label| (label.source, label.span)));
        Ok(Found { looked, texts, diagnostics })
    }

    fn warn(&self, why: &str) {
        self.context.write_stderr(&format!("warning: {why}\n"));
    }
}

/// What was found in a file and those that depend on it.
struct Found {
    looked: Vec<Looked>,
    texts: HashSet<SourceId>,
    /// Each finding once, in the order of the texts.
    diagnostics: Vec<Diagnostic>,
}
