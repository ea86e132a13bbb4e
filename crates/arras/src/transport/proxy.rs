//! Which proxy a request goes through: the standard variables, read from the environment that is passed in.

use std::fmt;

use hyper_util::client::proxy::matcher::Matcher;
use reqwest::{NoProxy, Proxy};
use url::{Host, Url};

use crate::environment::Environment;

/// What never goes through a proxy, whatever the user's exceptions are.
const LOOPBACK: &str = "localhost,localhost.,127.0.0.0/8,0.0.0.0,::1,::,::ffff:127.0.0.0/104";

/// The proxies by the scheme of the requested URL, and the exceptions.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Proxies {
    http: Option<Url>,
    https: Option<Url>,
    except: String,
}

/// A proxy setting that can't be used. It names where the setting stands and not its text, which may hold a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidProxy {
    setting: &'static str,
}

impl fmt::Display for InvalidProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is no proxy: write `http://HOST:PORT`, `https://…` or `socks5h://…`", self.setting)
    }
}

impl std::error::Error for InvalidProxy {}

impl fmt::Debug for Proxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |url: &Option<Url>| url.as_ref().map_or("none".to_owned(), shown);
        f.debug_struct("Proxies")
            .field("http", &shown(&self.http))
            .field("https", &shown(&self.https))
            .field("except", &self.except)
            .finish()
    }
}

/// A proxy's URL without the user and the password.
fn shown(url: &Url) -> String {
    let mut url = url.clone();
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.into()
}

impl Proxies {
    /// One proxy for everything but loopback.
    ///
    /// # Errors
    /// [`InvalidProxy`] if the text is no proxy's URL.
    pub fn all(url: &str) -> Result<Proxies, InvalidProxy> {
        let url = parse("--proxy", url)?;
        Ok(Proxies { http: Some(url.clone()), https: Some(url), except: String::new() })
    }

    /// The proxies of `http_proxy`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, lower case before upper case.
    ///
    /// `HTTP_PROXY` in upper case is passed over where `REQUEST_METHOD` is set: there a web server has made it from a
    /// request's header field.
    ///
    /// # Errors
    /// [`InvalidProxy`] for a variable that holds no proxy's URL.
    pub fn from_environment(environment: &Environment) -> Result<Proxies, InvalidProxy> {
        let read = |names: &[&'static str]| {
            let set = names.iter().find_map(|name| environment.variable(name).map(|value| (*name, value)));
            set.map(|(name, value)| parse(name, value)).transpose()
        };
        let cgi = environment.variable("REQUEST_METHOD").is_some();
        let all = read(&["all_proxy", "ALL_PROXY"])?;
        let http = read(if cgi { &["http_proxy"] } else { &["http_proxy", "HTTP_PROXY"] })?;
        let https = read(&["https_proxy", "HTTPS_PROXY"])?;
        let except = environment.variable("no_proxy").or_else(|| environment.variable("NO_PROXY")).unwrap_or_default();
        Ok(Proxies { http: http.or_else(|| all.clone()), https: https.or(all), except: except.to_owned() })
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.http.is_none() && self.https.is_none()
    }

    /// The proxy that a request for that URL goes through, its user and password left out; `None` if it goes straight.
    pub fn of(&self, url: &Url) -> Option<String> {
        let proxy = if url.scheme() == "http" { &self.http } else { &self.https }.as_ref()?;
        let every = Matcher::builder().http("http://proxy").https("http://proxy").no(self.exceptions()).build();
        let uri: http::Uri = url.as_str().parse().ok()?;
        every.intercept(&uri).map(|_| shown(proxy))
    }

    fn exceptions(&self) -> String {
        format!("{LOOPBACK},{}", self.except)
    }

    /// The hosts of the proxies themselves, which the user has named by naming the proxy.
    pub(super) fn hosts(&self) -> impl Iterator<Item = &str> {
        [&self.http, &self.https].into_iter().flatten().filter_map(Url::host_str)
    }

    pub(super) fn to_reqwest(&self) -> Result<Vec<Proxy>, reqwest::Error> {
        let except = NoProxy::from_string(&self.exceptions());
        let http = self.http.clone().map(Proxy::http);
        let https = self.https.clone().map(Proxy::https);
        [http, https].into_iter().flatten().map(|proxy| Ok(proxy?.no_proxy(except.clone()))).collect()
    }
}

fn parse(setting: &'static str, text: &str) -> Result<Url, InvalidProxy> {
    let invalid = InvalidProxy { setting };
    let with_scheme = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let url = Url::parse(&with_scheme).map_err(|_| invalid.clone())?;
    let known = matches!(url.scheme(), "http" | "https" | "socks4" | "socks4a" | "socks5" | "socks5h");
    let named = url.host().is_some_and(|host| host != Host::Domain(""));
    if known && named { Ok(url) } else { Err(invalid) }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Proxies, InvalidProxy> {
        Proxies::from_environment(&Environment::new(variables.iter().copied(), BTreeMap::new()))
    }

    #[test]
    fn what_goes_through_a_proxy_can_be_told_beforehand() {
        let proxies =
            read(&[("ALL_PROXY", "http://ada:hush@p:3128"), ("NO_PROXY", "inner.example,10.0.0.0/8")]).unwrap();
        let of = |url: &str| proxies.of(&Url::parse(url).unwrap());
        for url in ["http://api.example/", "https://api.example:8443/x", "http://11.0.0.1/"] {
            assert_eq!(of(url).as_deref(), Some("http://p:3128/"), "{url}");
        }
        for url in [
            "http://inner.example/",
            "https://a.inner.example/",
            "http://10.1.2.3/",
            "http://localhost:8080/",
            "http://localhost./",
            "http://api.localhost/",
            "https://127.9.9.9/",
            "http://[::1]:1/",
            "http://[::ffff:127.0.0.1]/",
            "http://0.0.0.0/",
        ] {
            assert_eq!(of(url), None, "{url}");
        }
        assert_eq!(Proxies::default().of(&Url::parse("http://api.example/").unwrap()), None);
    }

    #[test]
    fn the_standard_variables_are_read() {
        assert!(read(&[]).unwrap().is_empty());
        let proxies =
            read(&[("ALL_PROXY", "socks5h://p:1080"), ("https_proxy", "p:3128"), ("HTTPS_PROXY", "q")]).unwrap();
        assert_eq!(proxies.http.unwrap().as_str(), "socks5h://p:1080");
        assert_eq!(proxies.https.unwrap().as_str(), "http://p:3128/");
        assert!(read(&[("HTTP_PROXY", "http://evil"), ("REQUEST_METHOD", "GET")]).unwrap().is_empty());
    }

    #[test]
    fn a_password_is_never_shown() {
        let proxies = Proxies::all("http://ada:hush@p:1").unwrap();
        assert!(!format!("{proxies:?}").contains("hush"));
        let error = read(&[("HTTPS_PROXY", "ftp://ada:hush@p")]).unwrap_err().to_string();
        assert!(error.contains("HTTPS_PROXY") && !error.contains("hush"), "{error}");
    }
}
