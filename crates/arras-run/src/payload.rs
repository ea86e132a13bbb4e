//! The body of a request: bytes, and files that stay where they are until the request is sent.

use std::borrow::Cow;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::{Bytes, BytesMut};

use crate::file;

/// Shows a file's content piece by piece; the error is one phrase. Nothing in this crate reads a file by itself.
pub type ReadFile = fn(&Path, &mut dyn FnMut(&[u8])) -> Result<(), String>;

/// The largest file that is held as a whole, in bytes.
pub const MOST_HELD: u64 = 256 << 20;

/// A file that is read when it is needed, and held by nobody.
#[derive(Clone)]
pub struct StoredFile {
    /// Its name without folders, as a multipart body tells it.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// How many bytes it has; one that has more or fewer later is not sent.
    pub length: u64,
    /// A digest of its content, in hexadecimal digits, that nobody can make a file for.
    pub digest: String,
    /// Who reads it.
    pub read: ReadFile,
}

impl fmt::Debug for StoredFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredFile").field("path", &self.path).field("length", &self.length).finish_non_exhaustive()
    }
}

impl PartialEq for StoredFile {
    fn eq(&self, other: &StoredFile) -> bool {
        (&self.name, &self.path, self.length, &self.digest) == (&other.name, &other.path, other.length, &other.digest)
    }
}

impl Eq for StoredFile {}

impl StoredFile {
    /// What stands for it wherever it is told of: its name, size and a digest.
    pub fn marker(&self) -> String {
        file::marker(&self.name, self.length, self.digest.get(..32).unwrap_or(&self.digest))
    }

    /// Shows the content piece by piece.
    ///
    /// # Errors
    /// One phrase that names the file, if it can't be read or has another length than it had.
    pub fn visit(&self, see: &mut dyn FnMut(&[u8])) -> Result<(), String> {
        let mut seen = 0_u64;
        let read = (self.read)(&self.path, &mut |piece| {
            seen += piece.len() as u64;
            see(piece);
        });
        read.map_err(|why| format!("the file `{}` can't be read: {why}", self.name))?;
        if seen == self.length { Ok(()) } else { Err(self.changed()) }
    }

    /// Its whole content.
    ///
    /// # Errors
    /// As of [`StoredFile::visit`], and if it is larger than 256 MiB.
    pub fn bytes(&self) -> Result<Bytes, String> {
        if self.length > MOST_HELD {
            let (name, most) = (&self.name, MOST_HELD >> 20);
            return Err(format!("the file `{name}` is larger than {most} MiB, more than can stand within a text"));
        }
        let mut all = BytesMut::with_capacity(usize::try_from(self.length).unwrap_or_default());
        self.visit(&mut |piece| all.extend_from_slice(piece))?;
        Ok(all.freeze())
    }

    /// That it has another length than it had when the run began.
    pub fn changed(&self) -> String {
        format!("the file `{}` has changed: it had {} bytes when the run began", self.name, self.length)
    }
}

/// A part of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// Bytes.
    Bytes(Bytes),
    /// The content of a file.
    File(Arc<StoredFile>),
}

/// A body, empty for none.
///
/// ```
/// use arras_run::payload::Payload;
///
/// let body = Payload::from("{}");
/// assert_eq!((body.len(), body.in_memory()), (2, Some(b"{}".as_slice())));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Payload {
    /// Bytes never follow bytes, so that a body without files is one segment or none.
    segments: Vec<Segment>,
}

impl Payload {
    /// Adds bytes at the end.
    pub fn push(&mut self, bytes: Bytes) {
        match self.segments.last_mut() {
            _ if bytes.is_empty() => {}
            Some(Segment::Bytes(last)) => *last = [&**last, &*bytes].concat().into(),
            _ => self.segments.push(Segment::Bytes(bytes)),
        }
    }

    /// Adds all of another one at the end.
    pub fn append(&mut self, other: Payload) {
        for segment in other.segments {
            match segment {
                Segment::Bytes(bytes) => self.push(bytes),
                Segment::File(_) => self.segments.push(segment),
            }
        }
    }

    /// Its parts, in order.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The files in it.
    pub fn files(&self) -> impl Iterator<Item = &Arc<StoredFile>> {
        self.segments.iter().filter_map(|segment| match segment {
            Segment::File(file) => Some(file),
            Segment::Bytes(_) => None,
        })
    }

    /// How many bytes are sent.
    pub fn len(&self) -> u64 {
        let length = |segment: &Segment| match segment {
            Segment::Bytes(bytes) => bytes.len() as u64,
            Segment::File(file) => file.length,
        };
        self.segments.iter().map(length).sum()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The whole body, if no file is in it.
    pub fn in_memory(&self) -> Option<&[u8]> {
        match self.segments.as_slice() {
            [] => Some(&[]),
            [Segment::Bytes(bytes)] => Some(bytes),
            _ => None,
        }
    }

    /// The body as it is told of: a file by its name, size and digest in place of its content.
    pub fn outline(&self) -> Cow<'_, [u8]> {
        if let Some(bytes) = self.in_memory() {
            return Cow::Borrowed(bytes);
        }
        let mut told = Vec::new();
        for segment in &self.segments {
            match segment {
                Segment::Bytes(bytes) => told.extend_from_slice(bytes),
                Segment::File(file) => told.extend_from_slice(file.marker().as_bytes()),
            }
        }
        Cow::Owned(told)
    }

    /// Shows all of it, piece by piece.
    ///
    /// # Errors
    /// One phrase, if a file can't be read or has another length than it had.
    pub fn visit(&self, see: &mut dyn FnMut(&[u8])) -> Result<(), String> {
        self.segments.iter().try_for_each(|segment| match segment {
            Segment::Bytes(bytes) => {
                see(bytes);
                Ok(())
            }
            Segment::File(file) => file.visit(see),
        })
    }
}

impl From<Bytes> for Payload {
    fn from(bytes: Bytes) -> Payload {
        let mut payload = Payload::default();
        payload.push(bytes);
        payload
    }
}

impl From<Vec<u8>> for Payload {
    fn from(bytes: Vec<u8>) -> Payload {
        Bytes::from(bytes).into()
    }
}

impl From<String> for Payload {
    fn from(text: String) -> Payload {
        Bytes::from(text).into()
    }
}

impl From<&'static str> for Payload {
    fn from(text: &'static str) -> Payload {
        Bytes::from_static(text.as_bytes()).into()
    }
}

impl From<StoredFile> for Payload {
    fn from(file: StoredFile) -> Payload {
        Payload { segments: vec![Segment::File(Arc::new(file))] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(length: u64) -> StoredFile {
        let read: ReadFile = |_, see| {
            see(b"con");
            see(b"tent");
            Ok(())
        };
        StoredFile { name: "a.bin".into(), path: "x/a.bin".into(), length, digest: "0123".repeat(16), read }
    }

    #[test]
    fn a_body_is_told_of_without_its_files() {
        let mut body = Payload::from("one ");
        body.push(Bytes::from_static(b"two "));
        assert_eq!(body.in_memory(), Some(b"one two ".as_slice()));
        body.append(stored(7).into());
        body.append(Payload::from(" three"));
        assert_eq!((body.len(), body.in_memory(), body.segments().len()), (21, None, 3));
        let told = String::from_utf8(body.outline().into_owned()).expect("text");
        assert_eq!(told, format!("one two {} three", stored(7).marker()));
        assert!(told.contains("a.bin (7 bytes, 01230123012301230123012301230123)"), "{told}");
        let mut seen = Vec::new();
        assert_eq!(body.visit(&mut |piece| seen.extend_from_slice(piece)), Ok(()));
        assert_eq!(seen, b"one two content three");
    }

    #[test]
    fn a_file_that_changes_is_no_body() {
        for length in [6, 8] {
            let why = stored(length).bytes().expect_err("it has 7 bytes");
            assert!(why.contains("`a.bin` has changed") && why.contains(&format!("{length} bytes")), "{why}");
        }
        assert_eq!(stored(7).bytes().as_deref(), Ok(b"content".as_slice()));
    }
}
