//! The mock from outside: real HTTP over real sockets.

mod demands;
mod faults;
mod flagship;
mod scenarios;
mod serving;
mod signing;
mod support;
