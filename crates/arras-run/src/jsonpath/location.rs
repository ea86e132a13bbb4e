//! Where a node stands, as a normalized path (RFC 9535 §2.7).

use std::fmt;
use std::rc::Rc;

use arras_doc::jsonpath::write_quoted;

/// The name or position of a child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key<'a> {
    Member(&'a str),
    Item(usize),
}

/// What is remembered of a node's place while nodes are selected.
pub(crate) trait Place<'a>: Clone + Default {
    fn child(&self, key: Key<'a>) -> Self;
}

/// Nothing.
impl Place<'_> for () {
    fn child(&self, _: Key<'_>) {}
}

/// The place of a node below the root; it displays as a normalized path: `$['a'][0]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Location<'a>(Option<Rc<Link<'a>>>);

#[derive(Debug, PartialEq, Eq)]
struct Link<'a> {
    parent: Location<'a>,
    key: Key<'a>,
}

impl<'a> Place<'a> for Location<'a> {
    fn child(&self, key: Key<'a>) -> Location<'a> {
        Location(Some(Rc::new(Link { parent: self.clone(), key })))
    }
}

impl<'a> Location<'a> {
    /// The JSON Pointer that leads to the same node.
    pub fn to_pointer(&self) -> String {
        let mut pointer = String::new();
        for key in self.keys() {
            match key {
                Key::Member(name) => arras_doc::pointer::push(&mut pointer, name),
                Key::Item(index) => arras_doc::pointer::push(&mut pointer, &index.to_string()),
            }
        }
        pointer
    }

    /// How many steps it is away from the root.
    pub(crate) fn depth(&self) -> usize {
        std::iter::successors(self.0.as_deref(), |link| link.parent.0.as_deref()).count()
    }

    /// The names and positions that lead there, from the root.
    fn keys(&self) -> Vec<Key<'a>> {
        let links = std::iter::successors(self.0.as_deref(), |link| link.parent.0.as_deref());
        let mut keys: Vec<Key<'a>> = links.map(|link| link.key).collect();
        keys.reverse();
        keys
    }
}

impl fmt::Display for Location<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("$")?;
        for key in self.keys() {
            f.write_str("[")?;
            match key {
                Key::Member(name) => write_quoted(f, name)?,
                Key::Item(index) => write!(f, "{index}")?,
            }
            f.write_str("]")?;
        }
        Ok(())
    }
}
