//! Ways in which an answer can go wrong on the wire.

/// What happens instead of, or to, an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// The connection is reset (TCP RST) before any byte of an answer.
    Reset,
    /// The connection is closed before any byte of an answer.
    Close,
    /// Nothing comes, and the connection stays open.
    Hang,
    /// Bytes come that are no HTTP, then the connection is closed.
    Garbage,
    /// The head and half the body come, then the connection is closed.
    Truncate,
}

impl Fault {
    /// Every fault.
    pub const ALL: [Fault; 5] = [Fault::Reset, Fault::Close, Fault::Hang, Fault::Garbage, Fault::Truncate];

    /// Its name in a scenario.
    pub fn as_str(self) -> &'static str {
        match self {
            Fault::Reset => "reset",
            Fault::Close => "close",
            Fault::Hang => "hang",
            Fault::Garbage => "garbage",
            Fault::Truncate => "truncate",
        }
    }

    /// The fault of that name.
    pub fn parse(name: &str) -> Option<Fault> {
        Fault::ALL.into_iter().find(|fault| fault.as_str() == name)
    }
}
