//! TLS: a server is trusted by its root and its name, and each way of failing has its message.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Arc;
use std::time::Duration;

use arras::transport::{Answer, ClientCertificate, HttpSettings, HttpTransport, Limits, Transport};
use arras_run::exchange::Request;
use arras_run::fault::{Fault, FaultKind, Phase};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

fn authority(name: &str) -> Authority {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let pem = params.self_signed(&key).unwrap().pem();
    Authority { pem, issuer: Issuer::new(params, key) }
}

/// A server for one connection with a certificate for a name, that ends in a year.
async fn server(authority: &Authority, name: &str, until: i32) -> u16 {
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.not_after = date_time_ymd(until, 1, 1);
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, &authority.issuer).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (connection, _) = listener.accept().await.unwrap();
        let Ok(mut connection) = TlsAcceptor::from(Arc::new(config)).accept(connection).await else { return };
        let _ = connection.read(&mut [0; 4096]).await;
        connection.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").await.unwrap();
    });
    port
}

async fn ask(port: u16, roots: &[&str]) -> Result<Answer, Fault> {
    let roots = roots.iter().map(|pem| pem.as_bytes().to_vec()).collect();
    let transport = HttpTransport::new(HttpSettings { roots, ..HttpSettings::default() });
    let request = Request {
        method: "GET".to_owned(),
        url: format!("https://localhost:{port}/"),
        headers: vec![],
        body: Default::default(),
        path: vec![],
        query: vec![],
    };
    transport.send(&request, &Limits::default().with_timeout(Duration::from_secs(10))).await
}

#[tokio::test]
async fn a_server_is_trusted_by_root_and_name() {
    let authority = authority("the root");
    let port = server(&authority, "localhost", 2999).await;
    assert_eq!(ask(port, &[&authority.pem]).await.unwrap().response.body, b"ok".as_slice());
    let stranger = self::authority("a stranger");
    let table = [
        ("unknown issuer", "localhost", 2999, &stranger, "--ca"),
        ("wrong name", "elsewhere.example", 2999, &authority, "another name"),
        ("expired", "localhost", 2001, &authority, "expired"),
    ];
    for (what, name, until, signer, says) in table {
        let port = server(signer, name, until).await;
        let fault = ask(port, &[&authority.pem]).await.unwrap_err();
        assert_eq!((fault.kind, fault.phase), (FaultKind::TlsFailed, Phase::Tls), "{what}: {}", fault.message);
        assert!(fault.message.contains(says), "{what}: {}", fault.message);
    }
}

#[tokio::test]
async fn a_root_that_is_none_is_said() {
    let fault = ask(1, &["-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n"]).await.unwrap_err();
    assert!(fault.message.contains("root certificates"), "{}", fault.message);
}

/// A server that takes clients of an authority alone and answers with what it was shown: `shown` or nothing at all.
async fn demanding(authority: &Authority) -> u16 {
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, &authority.issuer).unwrap();
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(authority.pem.as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(verifier.allow_unauthenticated().build().unwrap())
        .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (connection, _) = listener.accept().await.unwrap();
        let mut connection = TlsAcceptor::from(Arc::new(config)).accept(connection).await.unwrap();
        let status = if connection.get_ref().1.peer_certificates().is_some() { "200 OK" } else { "403 No" };
        let _ = connection.read(&mut [0; 4096]).await;
        connection.write_all(format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n").as_bytes()).await.unwrap();
    });
    port
}

#[tokio::test]
async fn a_client_certificate_is_shown_to_its_hosts_alone() {
    let authority = authority("the root");
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["client".to_owned()]).unwrap();
    let pem = params.signed_by(&key, &authority.issuer).unwrap().pem() + &key.serialize_pem();
    let table = [
        (None, 200),
        (Some("localhost"), 200),
        (Some("*.localhost"), 403),
        (Some("localhost:1"), 403),
        (Some("example.com"), 403),
    ];
    for (pattern, status) in table {
        let port = demanding(&authority).await;
        let certificate =
            ClientCertificate::new(pattern.map(|pattern| pattern.parse().unwrap()), pem.clone().into_bytes()).unwrap();
        assert!(!format!("{certificate:?}").contains("PRIVATE"));
        let (roots, certificates) = (vec![authority.pem.clone().into_bytes()], vec![certificate]);
        let transport = HttpTransport::new(HttpSettings { roots, certificates, ..HttpSettings::default() });
        let (method, url) = ("GET".to_owned(), format!("https://localhost:{port}/"));
        let request = Request { method, url, headers: vec![], body: Default::default(), path: vec![], query: vec![] };
        let answer = transport.send(&request, &Limits::default().with_timeout(Duration::from_secs(10))).await.unwrap();
        assert_eq!(answer.response.status, status, "{pattern:?}");
    }
    for bad in ["", "-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n", authority.pem.as_str()] {
        let fault = ClientCertificate::new(Some("localhost".parse().unwrap()), bad.as_bytes().to_vec()).unwrap_err();
        assert_eq!(fault.kind, FaultKind::NoCredentials, "{}", fault.message);
    }
}
