//! Where a redirect leads, and what may go along.

use arras_run::exchange::{Request, Response, header};
use arras_run::fault::{Fault, FaultKind, Phase};
use arras_run::payload::Payload;
use arras_run::secret::Secrets;
use url::Url;

use crate::origin::Origin;

/// How many redirects are followed in a row.
pub(super) const MOST: usize = 10;

/// Fields that say nothing of who asks: all that another origin gets.
const PLAIN: [&str; 6] = ["accept", "accept-language", "content-language", "content-type", "prefer", "user-agent"];

/// The next request of a chain of redirects.
#[derive(Debug)]
pub(super) struct Hop {
    /// Without what identifies the caller.
    pub(super) request: Request,
    /// Whether it goes to another origin.
    pub(super) elsewhere: bool,
}

/// The request that an answer redirects to, given the one that it answers, which nobody has authorised yet; `None` where
/// it redirects nowhere.
///
/// # Errors
/// `policy-refused` for a scheme other than http and https, for a way from https to http, and for a body with a secret
/// that would go to another origin.
pub(super) fn follow(from: &Request, response: &Response, secrets: &Secrets) -> Result<Option<Hop>, Fault> {
    if !matches!(response.status, 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let Some(location) = header(&response.headers, "location") else { return Ok(None) };
    let unusable = |why: &str| {
        // as it is, lest an escape keep a secret in it from being found
        let message = format!("the redirect to `{location}` is refused: {why}");
        Fault::new(FaultKind::PolicyRefused, Phase::Policy, message)
    };
    let base = Url::parse(&from.url).map_err(|_| unusable("the request has no URL"))?;
    let mut url = base.join(&location).map_err(|error| unusable(&error.to_string()))?;
    url.set_fragment(None);
    match (base.scheme(), url.scheme()) {
        ("https", "http") => return Err(unusable("it leads from https to http")),
        (_, "http" | "https") => {}
        _ => return Err(unusable("only http and https are requested")),
    }
    let elsewhere = Origin::of(&base) != Origin::of(&url);
    let keeps = matches!(response.status, 307 | 308)
        || matches!(from.method.as_str(), "GET" | "HEAD")
        || (response.status != 303 && from.method != "POST");
    let mut request = Request { url: url.into(), ..from.clone() };
    if !keeps {
        request.method = "GET".to_owned();
        request.body = Payload::default();
        request.headers.retain(|(name, _)| !name.to_ascii_lowercase().starts_with("content-"));
    }
    if elsewhere {
        if request.body.files().next().is_some() {
            return Err(unusable(
                "the request's body is a file, in which nobody looks for secrets: another origin does not get it",
            ));
        }
        let body = request.body.outline();
        if is_secret(&String::from_utf8_lossy(&body), secrets) || *secrets.bytes(&body) != *body {
            return Err(unusable("the request's body holds a secret, which another origin does not get"));
        }
        let plain = |name: &str| PLAIN.iter().any(|plain| name.eq_ignore_ascii_case(plain));
        request.headers.retain(|(name, value)| plain(name) && !is_secret(value, secrets));
    }
    Ok(Some(Hop { request, elsewhere }))
}

/// More redirects than anyone means.
pub(super) fn endless(url: &str) -> Fault {
    let message = format!("more than {MOST} redirects in a row; the last led to `{url}`");
    Fault::new(FaultKind::TooManyRedirects, Phase::Headers, message)
}

fn is_secret(text: &str, secrets: &Secrets) -> bool {
    secrets.text(text) != text
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn request(method: &str, url: &str, body: &'static str) -> Request {
        let headers = [
            ("Accept", "application/json"),
            ("Content-Type", "application/json"),
            ("Authorization", "Bearer hush-hush"),
            ("Cookie", "a=b"),
            ("Referer", "https://a.example/x"),
            ("X-Api-Key", "hush-hush"),
            ("X-Amz-Security-Token", "hush-hush"),
            ("X-Mine", "1"),
            ("Prefer", "hush-hush"),
        ];
        Request {
            method: method.to_owned(),
            url: url.to_owned(),
            headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
            body: body.into(),
            path: vec![],
            query: vec![],
        }
    }

    fn answer(status: u16, location: &str) -> Response {
        Response { status, headers: vec![("location".to_owned(), location.to_owned())], body: Default::default() }
    }

    fn secrets() -> Secrets {
        let mut secrets = Secrets::default();
        secrets.add("hush-hush");
        secrets
    }

    fn hop(from: &Request, status: u16, location: &str) -> Result<Option<Hop>, Fault> {
        follow(from, &answer(status, location), &secrets())
    }

    #[test]
    fn a_redirect_leads_where_its_location_says() {
        let table = [
            ("/next?x=1", "https://a.example/next?x=1", false),
            ("next", "https://a.example/b/next", false),
            ("?y", "https://a.example/b/c?y", false),
            ("//b.example/x#part", "https://b.example/x", true),
            ("https://a.example:443/", "https://a.example/", false),
            ("https://a.example:8443/", "https://a.example:8443/", true),
            ("HTTPS://A.EXAMPLE/d", "https://a.example/d", false),
        ];
        let from = request("GET", "https://a.example/b/c", "");
        for (location, url, elsewhere) in table {
            let hop = hop(&from, 302, location).unwrap().unwrap();
            assert_eq!((hop.request.url.as_str(), hop.elsewhere), (url, elsewhere), "{location}");
        }
        for status in [200, 204, 300, 304, 305, 306, 400] {
            assert!(hop(&from, status, "/next").unwrap().is_none(), "{status}");
        }
        let nowhere = Response { headers: vec![], ..answer(302, "") };
        assert!(follow(&from, &nowhere, &secrets()).unwrap().is_none());
    }

    #[test]
    fn what_is_not_http_and_what_gives_up_tls_is_refused() {
        let from = request("GET", "https://a.example/b/c", "");
        for location in
            ["http://a.example/", "file:///etc/passwd", "ftp://a.example/", "data:,x", "javascript:1", "https://"]
        {
            let fault = hop(&from, 302, location).unwrap_err();
            assert_eq!((fault.kind, fault.phase), (FaultKind::PolicyRefused, Phase::Policy), "{location}");
        }
        assert!(hop(&request("GET", "http://a.example/", ""), 302, "https://a.example/").unwrap().unwrap().elsewhere);
    }

    #[test]
    fn where_a_refused_redirect_leads_is_told_as_it_is() {
        let mut secrets = Secrets::default();
        secrets.add("can'ary\t/");
        let answer = answer(302, "ftp://a.example/can'ary\t/");
        let fault = follow(&request("GET", "https://a.example/", ""), &answer, &secrets).unwrap_err();
        assert!(secrets.fault(fault).message.starts_with("the redirect to `ftp://a.example/***` is refused"));
    }

    #[test]
    fn the_method_changes_as_browsers_have_it() {
        let table = [
            ("POST", 301, "GET", ""),
            ("POST", 302, "GET", ""),
            ("POST", 303, "GET", ""),
            ("POST", 307, "POST", "x"),
            ("POST", 308, "POST", "x"),
            ("PUT", 302, "PUT", "x"),
            ("PUT", 303, "GET", ""),
            ("DELETE", 303, "GET", ""),
            ("HEAD", 303, "HEAD", "x"),
        ];
        for (method, status, becomes, body) in table {
            let hop = hop(&request(method, "https://a.example/", "x"), status, "/y").unwrap().unwrap();
            assert_eq!(
                (hop.request.method.as_str(), hop.request.body.in_memory().unwrap()),
                (becomes, body.as_bytes()),
                "{method} {status}"
            );
            let typed = header(&hop.request.headers, "content-type").is_some();
            assert_eq!(typed, !body.is_empty(), "{method} {status}");
        }
    }

    #[test]
    fn another_origin_gets_nothing_that_says_who_asks() {
        let from = request("GET", "https://a.example/", "");
        let there = hop(&from, 302, "https://b.example/").unwrap().unwrap().request;
        let names: Vec<&str> = there.headers.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["Accept", "Content-Type"]);
        let here = hop(&from, 302, "/next").unwrap().unwrap().request;
        assert_eq!(here.headers.len(), from.headers.len());
        let mut post = request("POST", "https://a.example/", "{\"password\":\"hush-hush\"}");
        let utf16 = "hush-hush \u{e4}".encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<u8>>();
        for body in [post.body.clone(), r#"{"password":"hush\u002dhush"}"#.into(), Bytes::from(utf16).into()] {
            post.body = body;
            assert_eq!(hop(&post, 307, "https://b.example/").unwrap_err().kind, FaultKind::PolicyRefused);
        }
        assert!(hop(&post, 307, "/next").unwrap().is_some());
        assert!(hop(&post, 303, "https://b.example/").unwrap().unwrap().request.body.is_empty());
    }
}
