//! The tables "Style Examples" of OpenAPI 3.0.4, 3.1.2 and 3.2.0.

use std::path::{Path, PathBuf};

use arras_doc::openapi::{Location, Style};
use arras_doc::value::Value;

use super::Case;

/// Null, text, array and object of the tables.
fn examples() -> [Value; 4] {
    [
        Value::Null,
        Value::from("blue"),
        Value::from(serde_json::json!(["blue", "black", "brown"])),
        Value::from(serde_json::json!({"R": 100, "G": 200, "B": 150})),
    ]
}

/// The folder of the specifications, if it is there.
fn specifications() -> Option<PathBuf> {
    let shared = std::env::var_os("ARRAS_SHARED").map(PathBuf::from).or_else(|| {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        here.ancestors().map(|folder| folder.join("shared")).find(|folder| folder.join("spec").is_dir())
    })?;
    Some(shared.join("spec/openapi")).filter(|folder| folder.is_dir())
}

/// The rows of the table "Style Examples", cells without markup.
fn table(text: &str) -> Vec<Vec<String>> {
    let rows = text.lines().skip_while(|line| !line.starts_with("| [`style`](#style-values) | `explode` |"));
    let rows = rows.skip(2).take_while(|line| line.starts_with('|'));
    let cell = |cell: &str| {
        let mut text = cell.trim().to_owned();
        while let (Some(start), Some(end)) = (text.find('<'), text.find('>')) {
            text.replace_range(start..=end, "");
        }
        text.trim_start_matches('?').to_owned()
    };
    rows.map(|row| row.trim_matches('|').split('|').map(cell).collect()).collect()
}

/// ARZ-PARAM-09, ARZ-PARAM-10, ARZ-PARAM-12
#[test]
fn the_tables_of_the_specifications() {
    let Some(folder) = specifications() else {
        eprintln!("skipped: the texts of the OpenAPI specifications are not here");
        return;
    };
    let mut cells = 0;
    for (file, rows) in [("openapi-3.0.4.md", 14), ("openapi-3.1.2.md", 14), ("openapi-3.2.0.md", 15)] {
        let text = std::fs::read_to_string(folder.join(file)).expect("a specification");
        let table = table(&text);
        assert_eq!(table.len(), rows, "{file}");
        for row in table {
            let [style, explode, expected @ ..] = row.as_slice() else { panic!("{file}: {row:?}") };
            let style = Style::parse(style).expect("a style");
            let location = match style {
                Style::Matrix | Style::Label | Style::Simple => Location::Path,
                Style::Cookie => Location::Cookie,
                _ => Location::Query,
            };
            for (value, expected) in examples().iter().zip(expected) {
                cells += 1;
                let expected = match expected.as_str() {
                    "_n/a_" => continue,
                    "_empty_" => "",
                    expected => expected,
                };
                let found = Case::new(location, style, explode != "false", value).spelled();
                if location == Location::Path && expected.is_empty() {
                    // the table's expansion, but a path without its parameter is another path
                    assert!(found.is_err(), "{file}: {style:?} {explode} {value}: {found:?}");
                    continue;
                }
                assert_eq!(found.as_deref(), Ok(expected), "{file}: {style:?} {explode} {value}");
            }
        }
    }
    assert_eq!(cells, 4 * (14 + 14 + 15));
}
