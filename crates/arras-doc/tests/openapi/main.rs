//! Descriptions of every version, through the public interface.

mod bodies;
mod corpus;
mod imperfect;
mod lookups;
mod parameters;
mod references;
mod schemas;
mod security;
mod servers;
mod support;
