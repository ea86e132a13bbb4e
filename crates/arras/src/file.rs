//! Files that inputs stand for: small ones are held, others are read when they are sent.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use arras_run::file::FileContent;
use arras_run::payload::{MOST_HELD, StoredFile};
use bytes::Bytes;
use sha2::{Digest as _, Sha256};

/// Up to this size a file is held as long as the run.
const HELD: u64 = 1 << 20;
/// How much is read at a time.
const PIECE: usize = 64 << 10;

/// The file at a path. A small one is read now, of a larger one only a digest is made.
pub(crate) fn at(path: &Path) -> io::Result<FileContent> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let opened = File::open(path)?;
    let metadata = opened.metadata()?;
    if !metadata.is_file() || metadata.len() <= HELD {
        let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or_default() + 1);
        // the size of what is no regular file nobody knows beforehand
        opened.take(MOST_HELD + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > MOST_HELD {
            return Err(io::Error::other(format!("it is larger than {} MiB and no regular file", MOST_HELD >> 20)));
        }
        return Ok(FileContent::held(name, Bytes::from(bytes)));
    }
    let (mut hash, mut length) = (Sha256::new(), 0);
    pieces(opened, &mut |piece| {
        hash.update(piece);
        length += piece.len() as u64;
    })?;
    let digest = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    // where it is must not depend on where the process is by the time that it is read
    let path = std::path::absolute(path)?;
    Ok(FileContent::stored(StoredFile { name, path, length, digest, read }))
}

fn read(path: &Path, see: &mut dyn FnMut(&[u8])) -> Result<(), String> {
    let opened = || {
        // to open what is no file any more, such as a pipe, may take for ever
        if !std::fs::metadata(path)?.is_file() {
            return Err(io::Error::other("it is no regular file any more"));
        }
        File::open(path)
    };
    opened().and_then(|file| pieces(file, see)).map_err(|error| error.to_string())
}

fn pieces(mut file: File, see: &mut dyn FnMut(&[u8])) -> io::Result<()> {
    let mut piece = vec![0; PIECE];
    loop {
        match file.read(&mut piece) {
            Ok(0) => return Ok(()),
            Ok(length) => see(&piece[..length]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::sync::mpsc::channel;
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_file_that_has_become_a_pipe_is_not_waited_for() {
        let path = std::env::temp_dir().join(format!("arras-pipe-{}", std::process::id()));
        std::fs::write(&path, vec![b'x'; 2 << 20]).unwrap();
        let file = at(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        if !Command::new("mkfifo").arg(&path).status().is_ok_and(|status| status.success()) {
            return eprintln!("skipped: there is no `mkfifo` here");
        }
        let (tell, told) = channel();
        std::thread::spawn(move || tell.send(file.bytes()));
        let outcome = told.recv_timeout(Duration::from_secs(20));
        std::fs::remove_file(&path).unwrap();
        let why = outcome.expect("an outcome in time").unwrap_err();
        assert!(why.contains("no regular file"), "{why}");
    }
}
