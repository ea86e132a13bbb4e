//! Where a command writes: each file its own, and none that it reads.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use arras_doc::source::Sources;
use arras_doc::uri;

use crate::args::RunArgs;
use crate::args::resolve::{Invocation, Usage};
use crate::args::values::{CredentialRef, Mock, ReportFile};
use crate::command::serving;
use crate::display::escape;
use crate::output_file::is_device;

/// How many links are followed from one to the next.
const LINKS: usize = 40;

/// The files that a command is told to write.
pub(super) struct Written {
    /// The option as it is given, and the file.
    files: Vec<(String, Place)>,
}

/// A place for a file, links followed, whether the file is there yet or not.
#[derive(Clone, Debug)]
struct Place {
    path: PathBuf,
    /// What the names of one file have in common where the system tells it.
    identity: Option<(u64, u64)>,
}

impl Written {
    /// Those of reports and of a recording. What is no file loses nothing: devices and pipes are left out.
    ///
    /// # Errors
    /// If two are one file.
    pub(super) fn new(reports: &[ReportFile], record: Option<&Path>) -> Result<Written, Usage> {
        let shown = |path: &Path| escape(&path.to_string_lossy()).into_owned();
        let reports = reports
            .iter()
            .map(|report| (format!("--report {}={}", report.kind.name(), shown(&report.path)), report.path.as_path()));
        let record = record.map(|path| (format!("--record {}", shown(path)), path));
        let mut files: Vec<(String, Place)> = Vec::new();
        for (option, path) in reports.chain(record) {
            let Some(file) = Place::of(path) else { continue };
            if let Some((other, _)) = files.iter().find(|(_, known)| known.is(&file)) {
                return Err(Usage::new(format!("`{other}` and `{option}` are one file: give each its own")));
            }
            files.push((option, file));
        }
        Ok(Written { files })
    }

    /// Refuses to write over a file that is read.
    ///
    /// # Errors
    /// If one of them is that file.
    pub(super) fn spare(&self, what: &str, path: &Path) -> Result<(), Usage> {
        if self.files.is_empty() || path.as_os_str() == "-" {
            return Ok(());
        }
        let Some(read) = Place::of(path) else { return Ok(()) };
        self.files.iter().find(|(_, file)| file.is(&read)).map_or(Ok(()), |(option, _)| {
            Err(Usage::new(format!("`{option}` would write over {what}, which is read: name another file")))
        })
    }

    /// Spares what a run reads before its documents are known.
    ///
    /// # Errors
    /// As [`Written::spare`].
    pub(super) fn spare_given(&self, args: &RunArgs) -> Result<(), Usage> {
        self.spare("the document", &args.file)?;
        let setup = &args.setup;
        setup.sources.document.iter().try_for_each(|path| self.spare("a document", path))?;
        setup.inputs.inputs.iter().try_for_each(|path| self.spare("the inputs", path))?;
        setup.inputs.input_file.iter().try_for_each(|given| self.spare("an input", &given.path))?;
        setup.sources.source.iter().try_for_each(|given| self.spare("a source", Path::new(&given.target)))?;
        args.results.replay.iter().try_for_each(|path| self.spare("the recording", path))?;
        setup.auth.auth.iter().try_for_each(|given| match &given.reference {
            CredentialRef::File(path) => self.spare("a credential", path),
            _ => Ok(()),
        })?;
        setup.network.ca.iter().try_for_each(|path| self.spare("a certificate", path))?;
        setup.network.client_cert.iter().try_for_each(|given| self.spare("a certificate", &given.path))?;
        self.spare_scenario(setup.sources.mock.as_ref(), &args.file)
    }

    /// Spares the settings files.
    ///
    /// # Errors
    /// As [`Written::spare`].
    pub(super) fn spare_settings(&self, invocation: &Invocation) -> Result<(), Usage> {
        invocation.files.iter().try_for_each(|path| self.spare("the settings", path))
    }

    /// Spares the files that were loaded.
    ///
    /// # Errors
    /// As [`Written::spare`].
    pub(super) fn spare_loaded(&self, sources: &Sources) -> Result<(), Usage> {
        let style = uri::PathStyle::NATIVE;
        let paths = sources.iter().filter_map(|(_, source)| uri::file_path(&source.uri, style));
        paths.map(PathBuf::from).try_for_each(|path| self.spare("a source", &path))
    }

    /// Whether what is to be written over may be a document: something is there, and it does not begin as XML and HTML do.
    pub(super) fn may_be_documents(&self) -> bool {
        let may_be = |path: &Path| {
            let mut first = [0];
            let read = fs::File::open(path).and_then(|mut file| file.read(&mut first));
            read.is_ok_and(|length| length > 0) && first != *b"<"
        };
        self.files.iter().any(|(_, file)| may_be(&file.path))
    }

    fn spare_scenario(&self, mock: Option<&Mock>, document: &Path) -> Result<(), Usage> {
        let chosen = match mock {
            None => return Ok(()),
            Some(Mock::Descriptions) => None,
            Some(Mock::Scenario(path)) => Some(path.as_path()),
        };
        let scenario = serving::scenario_file(document, chosen);
        scenario.map_or(Ok(()), |path| self.spare("the scenario", &path))
    }
}

impl Place {
    /// That behind a path; nothing for what is no file.
    fn of(path: &Path) -> Option<Place> {
        let mut path = path.to_owned();
        for _ in 0..LINKS {
            if let Ok(found) = fs::metadata(&path) {
                let path = path.canonicalize().ok().filter(|file| found.is_file() && !is_device(file))?;
                return Some(Place { path, identity: identity(&found) });
            }
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            match fs::read_link(&path) {
                Ok(target) => path = folder.join(target),
                Err(_) => {
                    let folder = folder.canonicalize().or_else(|_| std::path::absolute(folder)).ok()?;
                    return Some(Place { path: folder.join(path.file_name()?), identity: None });
                }
            }
        }
        None
    }

    fn is(&self, other: &Place) -> bool {
        self.path == other.path || self.identity.is_some() && self.identity == other.identity
    }
}

/// A file may have several names that are no links to each other.
#[cfg(unix)]
fn identity(file: &fs::Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    Some((file.dev(), file.ino()))
}

#[cfg(not(unix))]
fn identity(_: &fs::Metadata) -> Option<(u64, u64)> {
    None
}
