//! Sending a request: the one trait that does it, and its bounds.
//!
//! A middleware is a transport around a transport:
//!
//! ```
//! use std::sync::atomic::{AtomicU64, Ordering};
//!
//! use arras::future::BoxFuture;
//! use arras::transport::{Answer, Limits, Transport};
//! use arras_run::exchange::Request;
//! use arras_run::fault::Fault;
//!
//! /// Counts the requests that go through it.
//! struct Counting<T> {
//!     inner: T,
//!     sent: AtomicU64,
//! }
//!
//! impl<T: Transport> Transport for Counting<T> {
//!     fn send<'a>(&'a self, request: &'a Request, limits: &'a Limits) -> BoxFuture<'a, Result<Answer, Fault>> {
//!         self.sent.fetch_add(1, Ordering::Relaxed);
//!         self.inner.send(request, limits)
//!     }
//!
//!     fn admit(&self, request: &Request) -> Result<(), Fault> {
//!         self.inner.admit(request)
//!     }
//!
//!     fn keeps_time(&self) -> bool {
//!         self.inner.keeps_time()
//!     }
//! }
//! # use arras::transport::HttpTransport;
//! # let counting = Counting { inner: HttpTransport::default(), sent: AtomicU64::new(0) };
//! # assert!(counting.keeps_time());
//! # let request = |url: &str| Request {
//! #     method: "GET".to_owned(),
//! #     url: url.to_owned(),
//! #     headers: Vec::new(),
//! #     body: "".into(),
//! #     path: Vec::new(),
//! #     query: Vec::new(),
//! # };
//! # assert!(counting.admit(&request("nowhere")).is_err() && counting.admit(&request("https://api.example/")).is_ok());
//! ```

use std::sync::Arc;
use std::time::Duration;

use arras_run::exchange::{Request, Response};
use arras_run::fault::Fault;

use crate::future::BoxFuture;

pub use self::certificate::ClientCertificate;
pub use self::http::{HttpSettings, HttpTransport};
pub use self::proxy::{InvalidProxy, Proxies};

mod body;
mod cause;
mod certificate;
mod decode;
mod http;
mod progress;
mod proxy;
mod resolve;
mod tls;

/// Sends one request and gives its answer.
pub trait Transport: Send + Sync {
    /// Says whether the request may go where it is to go, by its URL alone. Asked before anything is said of who asks and
    /// before the request is told as sent. By default everything may; [`Transport::send`] refuses what it must all the same.
    /// A middleware should ask the transport that it wraps.
    ///
    /// # Errors
    /// `policy-refused`; `invalid-request` for a URL that can't be used.
    fn admit(&self, request: &Request) -> Result<(), Fault> {
        let _ = request;
        Ok(())
    }

    /// Whether [`Transport::send`] ends by the times of its [`Limits`]. By default it is not known to, and whoever sends keeps
    /// the time. A middleware should say what the transport that it wraps says, unless it waits by itself.
    fn keeps_time(&self) -> bool {
        false
    }

    /// Sends the request once: no redirect is followed, nothing is sent again. Dropping the future gives up.
    ///
    /// # Errors
    /// The exact [`Fault`], its message without secrets.
    fn send<'a>(&'a self, request: &'a Request, limits: &'a Limits) -> BoxFuture<'a, Result<Answer, Fault>>;
}

impl<T: Transport + ?Sized> Transport for Arc<T> {
    fn admit(&self, request: &Request) -> Result<(), Fault> {
        (**self).admit(request)
    }

    fn keeps_time(&self) -> bool {
        (**self).keeps_time()
    }

    fn send<'a>(&'a self, request: &'a Request, limits: &'a Limits) -> BoxFuture<'a, Result<Answer, Fault>> {
        (**self).send(request, limits)
    }
}

impl<T: Transport + ?Sized> Transport for Box<T> {
    fn admit(&self, request: &Request) -> Result<(), Fault> {
        (**self).admit(request)
    }

    fn keeps_time(&self) -> bool {
        (**self).keeps_time()
    }

    fn send<'a>(&'a self, request: &'a Request, limits: &'a Limits) -> BoxFuture<'a, Result<Answer, Fault>> {
        (**self).send(request, limits)
    }
}

/// An answer, and how long it took.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The answer, its body whole and decompressed; the header fields are as they came.
    pub response: Response,
    /// From the first byte sent to the last byte read.
    pub duration: Duration,
}

/// The bounds of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// For everything: waiting for a turn, connecting, sending, and reading the body.
    pub request: Duration,
    /// For the head of the answer to arrive once the request's body is sent; where that takes no time, connecting included.
    pub first_byte: Duration,
    /// For the body's size in bytes, before and after decompression.
    pub body: usize,
}

impl Default for Limits {
    /// 60 s, 30 s and 16 MiB.
    fn default() -> Limits {
        Limits { request: Duration::from_secs(60), first_byte: Duration::from_secs(30), body: 16 << 20 }
    }
}

impl Limits {
    /// The same with a step's own timeout, which replaces both times: who allows a step five minutes means all five.
    #[must_use]
    pub fn with_timeout(self, timeout: Duration) -> Limits {
        Limits { request: timeout, first_byte: timeout, ..self }
    }
}
