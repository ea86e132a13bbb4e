//! Decides what an Arazzo workflow does next.
