//! Cookies kept from step to step: of one run, and of each origin by itself.

use std::collections::HashMap;

use arras_run::exchange::{Request, Response};
use arras_run::retry_after;
use arras_run::time::Timestamp;
use url::Url;

use crate::origin::Origin;
use crate::policy::is_loopback;

/// How many cookies an origin may set; the oldest give way.
const MOST: usize = 64;
/// The longest name and value together, in bytes (RFC 6265 §6.1).
const LONGEST: usize = 4096;

/// The cookies of a run. What one origin has set, no other gets, whatever `Domain` it names.
#[derive(Debug, Default)]
pub(crate) struct Jar(HashMap<Origin, Vec<Cookie>>);

#[derive(Clone, PartialEq, Eq)]
struct Cookie {
    name: String,
    value: String,
    path: String,
    expires: Option<Timestamp>,
}

impl std::fmt::Debug for Cookie {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cookie").field("name", &self.name).field("path", &self.path).finish_non_exhaustive()
    }
}

impl Jar {
    /// Adds the cookies that the request's origin has set; those that the request has of its own stay.
    pub(crate) fn add_to(&self, request: &mut Request, now: Timestamp) {
        let Ok(url) = Url::parse(&request.url) else { return };
        let Some(kept) = Origin::of(&url).and_then(|origin| self.0.get(&origin)) else { return };
        let own = request.headers.iter().position(|(name, _)| name.eq_ignore_ascii_case("cookie"));
        let given = own.map(|at| request.headers[at].1.clone()).unwrap_or_default();
        let names: Vec<&str> = given.split(';').filter_map(|pair| pair.split('=').next()).map(str::trim).collect();
        let mut fitting: Vec<&Cookie> = kept
            .iter()
            .filter(|cookie| cookie.fits(url.path(), now) && !names.contains(&cookie.name.as_str()))
            .collect();
        // the longest path first; of equal ones the eldest (RFC 6265 §5.4)
        fitting.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
        let pairs = fitting.iter().map(|cookie| format!("{}={}", cookie.name, cookie.value));
        let all: Vec<String> = Some(given.clone()).filter(|given| !given.is_empty()).into_iter().chain(pairs).collect();
        match own {
            _ if fitting.is_empty() => {}
            Some(at) => request.headers[at].1 = all.join("; "),
            None => request.headers.push(("Cookie".to_owned(), all.join("; "))),
        }
    }

    /// Keeps what the answer to that URL sets.
    pub(crate) fn learn(&mut self, url: &str, response: &Response, now: Timestamp) {
        let Ok(url) = Url::parse(url) else { return };
        let Some(origin) = Origin::of(&url) else { return };
        for (name, value) in &response.headers {
            if name.eq_ignore_ascii_case("set-cookie")
                && let Some(cookie) = Cookie::parse(value, &url, now)
            {
                let kept = self.0.entry(origin.clone()).or_default();
                match kept.iter_mut().find(|other| other.name == cookie.name && other.path == cookie.path) {
                    Some(other) => *other = cookie,
                    None => kept.push(cookie),
                }
                kept.retain(|cookie| cookie.expires.is_none_or(|expires| now < expires));
                kept.drain(..kept.len().saturating_sub(MOST));
            }
        }
    }
}

impl Cookie {
    /// What a `Set-Cookie` sets (RFC 6265 §5.2, §5.3); `None` for what is to be passed over.
    fn parse(text: &str, url: &Url, now: Timestamp) -> Option<Cookie> {
        let mut parts = text.split(';');
        let (name, value) = parts.next()?.split_once('=')?;
        let (name, value) = (name.trim(), value.trim());
        let control = |text: &str| text.bytes().any(|byte| byte < b' ' || byte == 0x7f);
        if name.is_empty() || name.len() + value.len() > LONGEST || control(text) {
            return None;
        }
        let mut path = None;
        let (mut max_age, mut date, mut secure, mut domain) = (None, None, false, None);
        for part in parts {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            let (key, value) = (key.trim().to_ascii_lowercase(), value.trim());
            match key.as_str() {
                "path" if value.starts_with('/') => path = Some(value.to_owned()),
                "max-age" => max_age = value.parse::<i64>().ok().or(max_age),
                "expires" => date = expiry(value).or(date),
                "secure" => secure = true,
                "domain" if !value.is_empty() => domain = Some(value.trim_start_matches('.').to_ascii_lowercase()),
                _ => {}
            }
        }
        let safe = url.scheme() == "https" || is_loopback(url);
        let host = url.host_str().unwrap_or_default();
        let foreign = domain.as_deref().is_some_and(|domain| !is_within(host, domain));
        let rooted = secure && domain.is_none() && path.as_deref() == Some("/");
        let unproven = (name.starts_with("__Secure-") && !secure) || (name.starts_with("__Host-") && !rooted);
        if foreign || unproven || (secure && !safe) {
            return None;
        }
        let expires = match max_age {
            Some(seconds) if seconds <= 0 => Some(Timestamp(0)),
            Some(seconds) => Some(now.after(std::time::Duration::from_secs(seconds.unsigned_abs()))),
            None => date,
        };
        let path = path.unwrap_or_else(|| default_path(url.path()));
        Some(Cookie { name: name.to_owned(), value: value.to_owned(), path, expires })
    }

    fn fits(&self, path: &str, now: Timestamp) -> bool {
        let below = path.strip_prefix(self.path.as_str());
        let within = below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || self.path.ends_with('/'));
        within && self.expires.is_none_or(|expires| now < expires)
    }
}

/// A cookie's date: as HTTP writes dates, or with hyphens and four digits of the year, as cookies often have it.
fn expiry(text: &str) -> Option<Timestamp> {
    retry_after::date(&text.replace('-', " ")).or_else(|| retry_after::date(text))
}

/// Whether a host is that domain or below it.
fn is_within(host: &str, domain: &str) -> bool {
    let host = host.to_ascii_lowercase();
    host == domain || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
}

/// The folder of the request's path (RFC 6265 §5.1.4).
fn default_path(path: &str) -> String {
    match path.rfind('/') {
        Some(0) | None => "/".to_owned(),
        Some(end) => path[..end].to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    const NOW: Timestamp = Timestamp(1_795_338_000_000);

    fn sets(fields: &[&str]) -> Response {
        let headers = fields.iter().map(|field| ("Set-Cookie".to_owned(), (*field).to_owned())).collect();
        Response { status: 200, headers, body: Bytes::new() }
    }

    fn sent(jar: &Jar, url: &str, own: Option<&str>, now: Timestamp) -> Option<String> {
        let headers = own.map(|own| ("cookie".to_owned(), own.to_owned())).into_iter().collect();
        let mut request = Request {
            method: "GET".to_owned(),
            url: url.to_owned(),
            headers,
            body: Default::default(),
            path: vec![],
            query: vec![],
        };
        jar.add_to(&mut request, now);
        assert!(request.headers.len() <= 1);
        request.headers.pop().map(|(_, value)| value)
    }

    fn after(url: &str, fields: &[&str]) -> Jar {
        let mut jar = Jar::default();
        jar.learn(url, &sets(fields), NOW);
        jar
    }

    #[test]
    fn a_cookie_goes_back_to_its_origin_and_path() {
        let jar = after("https://a.example/app/login", &["sid=1; Path=/; HttpOnly", "tab=2", "deep=3; Path=/app/x"]);
        let table = [
            ("https://a.example/", Some("sid=1")),
            ("https://a.example/app", Some("tab=2; sid=1")),
            ("https://a.example/app/x/y", Some("deep=3; tab=2; sid=1")),
            ("https://a.example/application", Some("sid=1")),
            ("https://a.example:8443/", None),
            ("http://a.example/", None),
            ("https://b.example/", None),
            ("https://www.a.example/", None),
            ("no url", None),
        ];
        for (url, cookies) in table {
            assert_eq!(sent(&jar, url, None, NOW).as_deref(), cookies, "{url}");
        }
    }

    #[test]
    fn what_a_step_says_itself_stays() {
        let jar = after("https://a.example/", &["sid=kept", "more=2"]);
        assert_eq!(sent(&jar, "https://a.example/", Some("sid=own"), NOW).as_deref(), Some("sid=own; more=2"));
        assert_eq!(sent(&Jar::default(), "https://a.example/", Some("sid=own"), NOW).as_deref(), Some("sid=own"));
    }

    #[test]
    fn cookies_end_when_they_say() {
        let url = "https://a.example/";
        let later = |seconds: u64| Timestamp(NOW.0 + seconds * 1000);
        let fields = [
            "a=1; Max-Age=60",
            "b=2; Expires=Sun, 22 Nov 2026 09:01:00 GMT",
            "c=3; expires=Sun, 22-Nov-2026 09:02:00 GMT; max-age=x",
        ];
        let mut jar = after(url, &fields);
        assert_eq!(sent(&jar, url, None, later(59)).as_deref(), Some("a=1; b=2; c=3"));
        assert_eq!(sent(&jar, url, None, later(60)).as_deref(), Some("c=3"));
        assert_eq!(sent(&jar, url, None, later(120)), None);
        jar.learn(url, &sets(&["a=; Max-Age=0", "b=9; Max-Age=-5", "c=7"]), NOW);
        assert_eq!(sent(&jar, url, None, NOW).as_deref(), Some("c=7"));
    }

    #[test]
    fn what_no_browser_would_keep_is_passed_over() {
        let long = format!("x={}", "y".repeat(LONGEST));
        let passed_over = [
            "nothing",
            "=1",
            "a=1; Domain=b.example",
            "a=1; Domain=ample",
            "__Secure-a=1",
            "__Host-a=1; Secure; Path=/x",
            "__Host-a=1; Secure; Path=/; Domain=a.example",
            "a=\u{1}",
            &long,
        ];
        for field in passed_over {
            assert_eq!(sent(&after("https://a.example/", &[field]), "https://a.example/", None, NOW), None, "{field}");
        }
        for kept in ["a=1; Domain=example", "__Host-a=1; Secure; Path=/", "a=1; Secure; SameSite=Strict", "a="] {
            assert!(sent(&after("https://a.example/", &[kept]), "https://a.example/", None, NOW).is_some(), "{kept}");
        }
        let insecure = "http://a.example/";
        assert_eq!(sent(&after(insecure, &["a=1; Secure"]), insecure, None, NOW), None);
        let loopback = "http://127.0.0.1:1/";
        assert!(sent(&after(loopback, &["a=1; Secure"]), loopback, None, NOW).is_some());
    }

    #[test]
    fn nobody_fills_the_jar_without_end() {
        let many: Vec<String> = (0..1_000).map(|number| format!("c{number}=1")).collect();
        let jar = after("https://a.example/", &many.iter().map(String::as_str).collect::<Vec<_>>());
        let kept = sent(&jar, "https://a.example/", None, NOW).unwrap();
        assert_eq!(kept.split("; ").count(), MOST);
        assert!(kept.contains("c999=1") && !kept.contains("c0=1;"));
    }
}
