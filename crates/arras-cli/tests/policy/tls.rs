//! Point 10: whom a run believes, and through whom it goes.

use std::io::Write;
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::support::{Server, answer, arras, documents, read, run, write};

/// A server over TLS for `localhost`.
pub(crate) struct Secure {
    pub(crate) port: u16,
    /// The root that vouches for it, as PEM.
    pub(crate) pem: String,
    pub(crate) requests: Arc<Mutex<Vec<String>>>,
}

pub(crate) fn secure() -> Secure {
    let mut root = CertificateParams::new(Vec::new()).unwrap();
    root.distinguished_name.push(DnType::CommonName, "a root of this test");
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root_key = KeyPair::generate().unwrap();
    let pem = root.self_signed(&root_key).unwrap().pem();
    let issuer = Issuer::new(root, root_key);
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["localhost".to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let requests: Arc<Mutex<Vec<String>>> = Arc::default();
    let kept = Arc::clone(&requests);
    std::thread::spawn(move || {
        let config = Arc::new(config);
        for stream in listener.incoming().flatten() {
            let Ok(connection) = ServerConnection::new(Arc::clone(&config)) else { continue };
            let mut inside = StreamOwned::new(connection, stream);
            if let Some(request) = read(&mut inside) {
                kept.lock().unwrap().push(request);
                let _ = inside.write_all(answer("200 OK", "", "{}").as_bytes());
                inside.conn.send_close_notify();
                let _ = inside.flush();
            }
        }
    });
    Secure { port, pem, requests }
}

#[test]
fn point_10_a_server_is_believed_by_its_root_or_by_name_and_loudly() {
    let Secure { port, pem, .. } = secure();
    let here = documents("tls", &format!("https://localhost:{port}"), "operationId: get");
    write(&here.join("root.pem"), pem);
    let ran = run(&here, &[]);
    assert_eq!(ran.fault(), ("tls-failed".to_owned(), "tls".to_owned()), "{}", ran.stderr);
    ran.expect(4, &["--ca FILE"]);
    run(&here, &["--ca", "root.pem"]).expect(0, &[]);
    for quiet in [&["-q"][..], &[]] {
        let ran = run(&here, &[&["--insecure-host", "localhost"], quiet].concat());
        ran.expect(0, &["warning:", "`localhost` is not verified"]);
    }
    // one host, and no other
    run(&here, &["--insecure-host", "elsewhere.example"]).expect(4, &[]);
    for wrong in ["*.example.com", "localhost:8443", "https://localhost", ""] {
        run(&here, &["--insecure-host", wrong]).expect(2, &["--insecure-host"]);
    }
    run(&here, &["--ca", "none.pem"]).expect(2, &["none.pem"]);
}

#[test]
fn point_10_a_projects_settings_can_trust_nobody() {
    let here = documents("project-settings", "http://127.0.0.1:1", "operationId: get");
    for setting in [
        "ca = [\"root.pem\"]",
        "proxy = \"http://evil.example\"",
        "insecure-host = [\"a.example\"]",
        "allow-host = [\"*.example\"]",
        "untrusted = false",
    ] {
        write(&here.join("arras.toml"), setting);
        let ran = run(&here, &["--dry-run"]);
        assert_eq!(ran.code, 2, "{setting}: {} {}", ran.stdout, ran.stderr);
    }
}

#[test]
fn point_10_proxies_are_shown_and_loopback_goes_through_none() {
    let proxy = Server::start(|request| answer("200 OK", "Content-Type: text/plain", request.lines().next().unwrap()));
    let there = format!("http://ada:hush-proxy@127.0.0.1:{}", proxy.port);
    let here = documents("proxy", "http://api.example", "operationId: get\n        outputs: {line: $response.body}");
    let shown = format!("proxy http://127.0.0.1:{}", proxy.port);
    for (variables, arguments) in [
        (vec![("http_proxy", there.as_str())], vec![]),
        (vec![("ALL_PROXY", there.as_str())], vec![]),
        (vec![("HTTP_PROXY", "http://127.0.0.1:1")], vec!["--proxy", there.as_str()]),
    ] {
        let variables = [&variables[..], &[crate::support::KEY]].concat();
        let ran = arras(&here, &variables, &[&["run", "flow.arazzo.yaml", "-vv"], &arguments[..]].concat());
        ran.expect(0, &[&shown, "GET http://api.example/x HTTP/1.1"]);
        assert!(!ran.stderr.contains("hush-proxy") && !ran.stdout.contains("hush-proxy"), "{}", ran.stderr);
    }
    assert_eq!(proxy.requests().len(), 3);
    let server = Server::plain();
    let here = documents("direct", &server.url(), "operationId: get");
    let variables = [("ALL_PROXY", there.as_str()), crate::support::KEY];
    let ran = arras(&here, &variables, &["run", "flow.arazzo.yaml"]);
    ran.expect(0, &[]);
    assert!(!ran.stderr.contains("proxy"), "{}", ran.stderr);
    assert_eq!((proxy.requests().len(), server.requests().len()), (3, 1));
    let gone = documents("proxy-gone", "http://api.example", "operationId: get");
    run(&gone, &["--proxy", "http://127.0.0.1:1"]).expect(4, &["the proxy `http://127.0.0.1:1/` refused"]);
    run(&here, &["--proxy", "ftp://x"]).expect(2, &["--proxy"]);
}
