//! TLS: a server is trusted by its root and its name, and each way of failing has its message.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Arc;
use std::time::Duration;

use arras::transport::{Answer, HttpSettings, HttpTransport, Limits, Transport};
use arras_run::exchange::Request;
use arras_run::fault::{Fault, FaultKind, Phase};
use bytes::Bytes;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
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
        body: Bytes::new(),
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
