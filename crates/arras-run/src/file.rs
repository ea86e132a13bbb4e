//! Files that inputs stand for: a run passes a marker around, and a request body puts the bytes in its place.

use arras_doc::value::{Object, Value};
use bytes::Bytes;

use crate::payload::{Payload, StoredFile};

/// What a marker begins with: an object replacement character, which no text has by chance.
const MARK: char = '\u{FFFC}';

/// A file's name and content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileContent {
    /// Its name without folders, as a multipart body tells it.
    pub name: String,
    content: Content,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Content {
    Held(Bytes),
    Stored(StoredFile),
}

impl FileContent {
    /// A file whose bytes are at hand.
    pub fn held(name: impl Into<String>, bytes: Bytes) -> FileContent {
        FileContent { name: name.into(), content: Content::Held(bytes) }
    }

    /// A file that is read when it is needed.
    pub fn stored(file: StoredFile) -> FileContent {
        FileContent { name: file.name.clone(), content: Content::Stored(file) }
    }

    /// A body, or a part of one, that is the file.
    pub fn payload(&self) -> Payload {
        match &self.content {
            Content::Held(bytes) => bytes.clone().into(),
            Content::Stored(file) => file.clone().into(),
        }
    }

    /// Its bytes, read if need be.
    ///
    /// # Errors
    /// One phrase, if they can't be read.
    pub fn bytes(&self) -> Result<Bytes, String> {
        match &self.content {
            Content::Held(bytes) => Ok(bytes.clone()),
            Content::Stored(file) => file.bytes(),
        }
    }

    fn marker(&self) -> String {
        match &self.content {
            Content::Held(bytes) => marker(&self.name, bytes.len() as u64, &format!("{:016x}", digest(bytes))),
            Content::Stored(file) => file.marker(),
        }
    }
}

/// What stands for a file.
pub(crate) fn marker(name: &str, length: u64, digest: &str) -> String {
    format!("{MARK}{} ({length} bytes, {digest})", shown(name))
}

/// The files of a run.
///
/// An input that is a file has a marker for its value: a string that names the file, its size and a digest of its
/// content. It is a plain value to everything but the encoding of request bodies. Who does not know the content can't make
/// one up, so an answer can't ask for a file. It has no character that JSON or XML would write otherwise, so that it is
/// found in any text but a percent-encoded one; into such it is never put.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Files {
    all: Vec<(String, FileContent)>,
}

impl Files {
    /// No files.
    pub const fn none() -> Files {
        Files { all: Vec::new() }
    }

    /// Adds a file and returns the marker that stands for it.
    pub fn add(&mut self, file: FileContent) -> Value {
        let mut marker = file.marker();
        while let Some(known) = self.find(&marker) {
            if *known == file {
                return Value::String(marker);
            }
            marker.push('_');
        }
        self.all.push((marker.clone(), file));
        Value::String(marker)
    }

    /// Whether one of them is read when it is needed.
    pub fn any_stored(&self) -> bool {
        self.all.iter().any(|(_, file)| matches!(file.content, Content::Stored(_)))
    }

    /// The file that a text stands for, the whole of it.
    pub fn find(&self, marker: &str) -> Option<&FileContent> {
        if !marker.starts_with(MARK) {
            return None;
        }
        self.all.iter().find(|(known, _)| known == marker).map(|(_, file)| file)
    }

    /// The file that a value stands for.
    pub fn of(&self, value: &Value) -> Option<&FileContent> {
        self.find(value.as_str()?)
    }

    /// The name of a file whose marker stands anywhere in the text.
    pub fn within(&self, text: &str) -> Option<&str> {
        if self.all.is_empty() || !text.contains(MARK) {
            return None;
        }
        let known = self.all.iter().filter(|(marker, _)| text.contains(marker.as_str()));
        // of two markers of which one begins the other it is the longer one
        known.max_by_key(|(marker, _)| marker.len()).map(|(_, file)| file.name.as_str())
    }

    /// The name of a file that the value is or holds, names of members not looked at.
    pub fn inside(&self, value: &Value) -> Option<&str> {
        if self.all.is_empty() {
            return None;
        }
        let mut open = vec![value];
        while let Some(value) = open.pop() {
            match value {
                Value::String(text) => {
                    if let Some(name) = self.within(text) {
                        return Some(name);
                    }
                }
                Value::Array(items) => open.extend(items),
                Value::Object(members) => open.extend(Object::values(members)),
                _ => {}
            }
        }
        None
    }
}

/// A file's name in a marker: what texts of any kind would escape is left out, so is what could pass for a marker's end.
fn shown(name: &str) -> String {
    let keep = |character: char| {
        if character.is_control() || "\"'\\&<>\u{FFFC}".contains(character) { '_' } else { character }
    };
    name.chars().map(keep).collect()
}

/// FNV-1a, which is enough where the content itself is the secret.
pub(crate) fn digest(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_stand_for_files() {
        let mut files = Files::default();
        let file = FileContent::held("a.png", Bytes::from_static(b"\x89PNG"));
        let marker = files.add(file.clone());
        assert_eq!(files.add(file.clone()), marker);
        assert_eq!(files.of(&marker), Some(&file));
        let text = marker.as_str().expect("a string");
        assert!(text.contains("a.png (4 bytes, "), "{text}");
        assert_eq!(files.within(&format!("x{text}y")), Some("a.png"));
        assert_eq!(files.inside(&Value::Array(vec![Value::Null, marker.clone()])), Some("a.png"));
        let other = text.replace("4 bytes", "5 bytes");
        assert_eq!((files.find(&other), files.within(&other)), (None, None));
        assert_eq!(Files::default().inside(&marker), None);
    }

    #[test]
    fn markers_are_found_in_texts_that_escape() {
        let mut files = Files::default();
        let marker = files.add(FileContent::held("a\"b&'<\\\n.png", Bytes::from_static(b"x")));
        assert_eq!(files.of(&marker).map(|file| file.name.as_str()), Some("a\"b&'<\\\n.png"));
        let json = Value::Array(vec![marker.clone()]).to_json();
        assert_eq!(files.within(&json), Some("a\"b&'<\\\n.png"), "{json}");
        let xml = crate::xml::set(
            "<a/>",
            &arras_doc::xpath::parse("/a", arras_doc::xpath::Version::V1_0).expect("a path"),
            &marker.to_text(),
        );
        let xml = xml.expect("XML");
        assert_eq!(files.within(&xml), Some("a\"b&'<\\\n.png"), "{xml}");
        // two names that come to the same are told apart
        let other = files.add(FileContent::held("a_b&'<\\\n.png", Bytes::from_static(b"x")));
        assert_eq!(files.of(&other).map(|file| file.name.as_str()), Some("a_b&'<\\\n.png"));
    }
}
