//! A report and where it is written.

use std::path::PathBuf;

use super::pair::full_pair;

/// A kind of report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportKind {
    /// The report as JSON.
    Json,
    /// Every event as a line of JSON.
    Ndjson,
    /// JUnit XML: a suite a file, a case a workflow.
    Junit,
    /// HTTP Archive 1.2: the exchanges.
    Har,
    /// Markdown for a comment on a pull request.
    Markdown,
    /// One HTML page that loads nothing.
    Html,
}

impl ReportKind {
    /// Every kind with its name.
    pub const ALL: [(&'static str, ReportKind); 6] = [
        ("json", ReportKind::Json),
        ("ndjson", ReportKind::Ndjson),
        ("junit", ReportKind::Junit),
        ("har", ReportKind::Har),
        ("markdown", ReportKind::Markdown),
        ("html", ReportKind::Html),
    ];
}

impl ReportKind {
    /// The name by which it is asked for.
    pub fn name(self) -> &'static str {
        ReportKind::ALL.iter().find(|(_, kind)| *kind == self).map_or("", |(name, _)| name)
    }
}

/// `KIND=PATH`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportFile {
    /// What to write.
    pub kind: ReportKind,
    /// Where to.
    pub path: PathBuf,
}

const TO_STDOUT: &str = "a report is written to a file: standard output gets what `--output` says; `./-` names a file";

/// Reads `KIND=PATH`.
///
/// # Errors
/// If the kind is unknown or the path is missing or `-`: standard output has an option of its own.
pub fn report_file(text: &str) -> Result<ReportFile, String> {
    let (kind, path) = full_pair(text, "KIND=PATH")?;
    let Some((_, kind)) = ReportKind::ALL.into_iter().find(|(name, _)| *name == kind) else {
        let names = ReportKind::ALL.map(|(name, _)| format!("`{name}`"));
        return Err(format!("there is no report `{kind}`; there are {}", names.join(", ")));
    };
    if path == "-" {
        return Err(TO_STDOUT.to_owned());
    }
    Ok(ReportFile { kind, path: path.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports() {
        assert_eq!(report_file("json=out/r.json").unwrap().kind, ReportKind::Json);
        assert_eq!(report_file("html=r.html").unwrap().kind, ReportKind::Html);
        assert!(report_file("pdf=r").unwrap_err().contains("no report"));
        assert!(report_file("json=").is_err());
        assert!(report_file("json=-").unwrap_err().contains("--output"));
        assert_eq!(report_file("json=./-").unwrap().path, PathBuf::from("./-"));
    }
}
