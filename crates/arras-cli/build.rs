//! Puts the pages of `docs/rules/` into the command, so that `arras explain` prints them wherever it is.
#![allow(clippy::print_stdout)]

use std::fmt::Write as _;
use std::path::PathBuf;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    // asked when it runs: what was built in another checkout is used here, too
    let crate_folder = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default();
    let folder = crate_folder.join("../../docs/rules");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut pages: Vec<PathBuf> =
        fs::read_dir(&folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    pages.retain(|page| page.extension().is_some_and(|ending| ending == "md"));
    pages.sort();
    let mut table = String::from("&[");
    for page in &pages {
        let (id, path) = (page.file_stem().unwrap_or_default(), page.canonicalize()?);
        let _ = write!(table, "({:?}, include_str!({:?})),", id.to_string_lossy(), path.to_string_lossy());
    }
    table.push(']');
    let out = env::var_os("OUT_DIR").map(PathBuf::from).unwrap_or_default();
    fs::write(out.join("rule_pages.rs"), table)
}
