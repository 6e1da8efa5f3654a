//! Tokens that are not ours, or not for this, or not now.

use aws_lc_rs::{
    encoding::{AsDer as _, PublicKeyX509Der},
    hkdf,
    rsa::KeyPair,
    signature::KeyPair as _,
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use kino_testkit::TestDatabase;
use serde_json::{Value, json};

use crate::app::{Person, TestApp};

fn part(token: &str, n: usize) -> Value {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(token.split('.').nth(n).unwrap()).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

fn encoded(value: &Value) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(value.to_string())
}

/// Someone who has got hold of the server's private key: what they sign is genuine.
struct Insider {
    pem: Vec<u8>,
    header: Header,
    claims: Value,
}

impl Insider {
    /// Signs tokens like this one.
    fn of(app: &TestApp, token: &str) -> Self {
        let [file] = &app.key_files()[..] else { panic!("one key") };
        let header = jsonwebtoken::decode_header(token).unwrap();
        Self { pem: std::fs::read(file).unwrap(), header, claims: part(token, 1) }
    }

    /// A genuine token, but for this change.
    fn sign(&self, change: impl FnOnce(&mut Header, &mut Value)) -> String {
        let (mut header, mut claims) = (self.header.clone(), self.claims.clone());
        change(&mut header, &mut claims);
        let key = match self.header.alg {
            Algorithm::HS256 => EncodingKey::from_secret(&self.refresh_secret()),
            _ => EncodingKey::from_rsa_pem(&self.pem).unwrap(),
        };
        jsonwebtoken::encode(&header, &claims, &key).unwrap()
    }

    /// What refresh tokens are signed with.
    fn refresh_secret(&self) -> [u8; 32] {
        let private = pem::parse(&self.pem).unwrap();
        let mut secret = [0; 32];
        hkdf::Salt::new(hkdf::HKDF_SHA256, &[])
            .extract(private.contents())
            .expand(&[b"kino refresh token"], hkdf::HKDF_SHA256)
            .and_then(|okm| okm.fill(&mut secret))
            .unwrap();
        secret
    }

    fn claim(&self, name: &str, value: impl Into<Value>) -> String {
        self.sign(|_, claims| claims[name] = value.into())
    }

    fn without(&self, name: &str) -> String {
        self.sign(|_, claims| {
            claims.as_object_mut().unwrap().remove(name).unwrap();
        })
    }

    /// The public part in the forms in which anyone can have it.
    fn public_forms(&self, jwk: &Value) -> Vec<Vec<u8>> {
        let private = pem::parse(&self.pem).unwrap();
        let der: PublicKeyX509Der<'_> =
            KeyPair::from_pkcs8(private.contents()).unwrap().public_key().as_der().unwrap();
        let pem = pem::Pem::new("PUBLIC KEY", der.as_ref());
        let unix = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
        let n = jwk["n"].as_str().unwrap();
        vec![
            der.as_ref().to_vec(),
            pem::encode(&pem).into_bytes(),
            pem::encode_config(&pem, unix).into_bytes(),
            jwk.to_string().into_bytes(),
            n.as_bytes().to_vec(),
            BASE64_URL_SAFE_NO_PAD.decode(n).unwrap(),
        ]
    }
}

/// Checks that a token is refused as what it is, wherever it is shown.
async fn is_refused(app: &TestApp, what: &str, token: &str, code: &str) {
    let answer = app.me(token).send().await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (401, code), "{what}");
    assert!(answer.header("www-authenticate").starts_with("Bearer"), "{what}");
    let answer = app.client.get("/async/api/v1/films").bearer(token).send().await;
    assert_eq!(answer.status.as_u16(), 401, "a bad token is refused, not ignored: {what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn forged_tokens_are_refused() {
    let app = TestApp::start(TestDatabase::sqlite()).await;
    let anna = app.register("anna").await;
    // It is known from here on: what is made of it below has the signature of a token that was just let in.
    app.me(&anna.access).send().await.is(200);
    let (header, claims) = (part(&anna.access, 0), part(&anna.access, 1));
    let signature = anna.access.rsplit('.').next().unwrap().to_owned();
    let mut admin = claims.clone();
    admin["permissions"] = json!(["CRUD_FILMS", "ASSIGN_ROLE"]);
    let jwk = app.client.get("/auth/.well-known/jwks.json").send().await.is(200).json()["keys"][0].clone();

    let changed = |name: &str, value: Value| {
        let mut header = header.clone();
        header[name] = value;
        header
    };
    let mut embedded = changed("jwk", jwk.clone());
    embedded["jku"] = json!("http://127.0.0.1:9/keys");
    let with =
        |header: &Value, claims: &Value| format!("{}.{}.{signature}", encoded(header), encoded(claims));
    let flipped = {
        let mut bytes = BASE64_URL_SAFE_NO_PAD.decode(&signature).unwrap();
        bytes[7] ^= 1;
        let (head, _) = anna.access.rsplit_once('.').unwrap();
        format!("{head}.{}", BASE64_URL_SAFE_NO_PAD.encode(bytes))
    };
    for (what, token) in [
        ("another key id, signed by ours", with(&changed("kid", json!("nobody's")), &claims)),
        ("an empty key id", with(&changed("kid", json!("")), &claims)),
        ("a key of its own", with(&embedded, &admin)),
        ("other claims", with(&header, &admin)),
        ("another signature", flipped),
        ("no signature", format!("{}.{}.", encoded(&header), encoded(&claims))),
        ("nothing like it", "x.y.z".to_owned()),
        ("an empty one", String::new()),
        ("four parts", format!("{}.{signature}", anna.access)),
        ("a long tail", format!("{}{}", anna.access, "A".repeat(12_000))),
        ("60 KiB of dots", ".".repeat(60_000)),
    ] {
        is_refused(&app, what, &token, "token_invalid").await;
        app.try_refresh(&token).await.is_problem(401, "token_invalid");
    }
    for huge in [format!("{}{}", anna.access, "A".repeat(100 * 1024)), ".".repeat(100 * 1024)] {
        is_refused(&app, "100 KiB", &huge, "token_invalid").await;
        app.try_refresh(&huge).await.is_problem(413, "body_too_large");
    }
    for none in ["none", "None", "NONE", "nOnE", ""] {
        let header = changed("alg", json!(none));
        is_refused(&app, none, &format!("{}.{}.", encoded(&header), encoded(&admin)), "token_invalid").await;
        is_refused(&app, none, &with(&header, &admin), "token_invalid").await;
    }
    let step = anna.access.len() / 24;
    for length in (1..anna.access.len()).step_by(step).chain([anna.access.len() - 1]) {
        is_refused(&app, "a part of it", &anna.access[..length], "token_invalid").await;
    }
    for scheme in ["Basic YTpi", "Bearer", "bearer", "Token x"] {
        let answer = app.client.get("/auth/api/v1/users/me").header("authorization", scheme).send().await;
        assert_eq!(answer.status.as_u16(), 401, "{scheme}");
    }
    app.me(&anna.access).send().await.is(200);
    app.refresh(&anna).await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_signs_with_its_own_algorithm_alone() {
    let app = TestApp::start(TestDatabase::sqlite()).await;
    let anna = app.register("anna").await;
    let insider = Insider::of(&app, &anna.access);
    let signed = |algorithm, key: &EncodingKey| {
        let mut header = insider.header.clone();
        header.alg = algorithm;
        jsonwebtoken::encode(&header, &insider.claims, key).unwrap()
    };
    let jwk = app.client.get("/auth/.well-known/jwks.json").send().await.is(200).json()["keys"][0].clone();
    for (n, public) in insider.public_forms(&jwk).into_iter().enumerate() {
        let token = signed(Algorithm::HS256, &EncodingKey::from_secret(&public));
        is_refused(&app, &format!("the public key as a secret, form {n}"), &token, "token_invalid").await;
    }
    let pem = &insider.pem;
    let rsa = EncodingKey::from_rsa_pem(pem).unwrap();
    for algorithm in [Algorithm::RS384, Algorithm::RS512, Algorithm::PS256] {
        let token = signed(algorithm, &rsa);
        is_refused(&app, &format!("{algorithm:?}, for which the key is not"), &token, "token_invalid").await;
    }
    let another = {
        let pair = aws_lc_rs::signature::Ed25519KeyPair::generate().unwrap();
        EncodingKey::from_ed_der(pair.to_pkcs8v1().unwrap().as_ref())
    };
    let token = signed(Algorithm::EdDSA, &another);
    is_refused(&app, "EdDSA under the id of an RSA key", &token, "token_invalid").await;
    is_refused(
        &app,
        "an unknown key",
        &insider.sign(|header, _| header.kid = Some("x".into())),
        "token_invalid",
    )
    .await;
    is_refused(&app, "no key id", &insider.sign(|header, _| header.kid = None), "token_invalid").await;
    app.me(&signed(Algorithm::RS256, &rsa)).send().await.is(200);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn genuine_tokens_are_refused_where_and_when_they_are_not_meant() {
    let app = TestApp::start(TestDatabase::sqlite()).await;
    let anna = app.register("anna").await;
    let insider = Insider::of(&app, &anna.access);
    app.me(&insider.sign(|_, _| {})).send().await.is(200);
    let now = app.clock.now().timestamp();
    for (what, token, code) in [
        ("another issuer", insider.claim("iss", "elsewhere"), "token_invalid"),
        ("no issuer", insider.without("iss"), "token_invalid"),
        ("another audience", insider.claim("aud", "elsewhere"), "token_invalid"),
        ("other audiences", insider.claim("aud", json!(["elsewhere", "nowhere"])), "token_invalid"),
        ("no audience", insider.without("aud"), "token_invalid"),
        ("a plain JWT", insider.sign(|header, _| header.typ = Some("JWT".into())), "token_invalid"),
        ("no type", insider.sign(|header, _| header.typ = None), "token_invalid"),
        ("the claim of a refresh token", insider.claim("type", "refresh"), "token_invalid"),
        ("a type that there is not", insider.claim("type", "admin"), "token_invalid"),
        ("over just now", insider.claim("exp", now), "token_expired"),
        ("over for a long time", insider.claim("exp", 0), "token_expired"),
        ("never over", insider.without("exp"), "token_invalid"),
        ("issued long ago, to last for ever", insider.claim("iat", now - 20 * 60), "token_expired"),
        ("not valid yet", insider.claim("nbf", now + 6), "token_invalid"),
        ("not valid for long", insider.claim("nbf", now + 3600), "token_invalid"),
        ("valid from never", insider.without("nbf"), "token_invalid"),
        ("of no session", insider.without("sub"), "token_invalid"),
        ("of no account", insider.claim("user_id", "anna"), "token_invalid"),
        ("times that are none", insider.claim("exp", "tomorrow"), "token_invalid"),
        ("times beyond all clocks", insider.claim("nbf", i64::MAX), "token_invalid"),
    ] {
        is_refused(&app, what, &token, code).await;
    }
    // The clocks of two machines may differ a little.
    app.me(&insider.claim("nbf", now + 5)).send().await.is(200);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn access_and_refresh_tokens_do_not_stand_for_each_other() {
    let app = TestApp::start(TestDatabase::sqlite()).await;
    let anna = app.register("anna").await;
    let refresh = Insider::of(&app, &anna.refresh);
    let dressed = refresh.sign(|header, _| header.typ = Some("at+jwt".into()));
    is_refused(&app, "a refresh token", &anna.refresh, "token_invalid").await;
    is_refused(&app, "a refresh token with the header of the other", &dressed, "token_invalid").await;
    let access = Insider::of(&app, &anna.access);
    let dressed = access.sign(|header, _| header.typ = Some("rt+jwt".into()));
    for token in [anna.access.clone(), dressed] {
        app.try_refresh(&token).await.is_problem(401, "token_invalid");
    }
    let now = app.clock.now().timestamp();
    for (token, code) in [
        (refresh.claim("iss", "elsewhere"), "token_invalid"),
        (refresh.claim("aud", "elsewhere"), "token_invalid"),
        (refresh.claim("nbf", now + 6), "token_invalid"),
        (refresh.claim("exp", now), "token_expired"),
        (refresh.sign(|header, _| header.typ = None), "token_invalid"),
    ] {
        app.try_refresh(&token).await.is_problem(401, code);
    }
    let signed = |algorithm, key: &EncodingKey| {
        let header = Header { alg: algorithm, ..refresh.header.clone() };
        jsonwebtoken::encode(&header, &refresh.claims, key).unwrap()
    };
    let jwk = app.client.get("/auth/.well-known/jwks.json").send().await.is(200).json()["keys"][0].clone();
    for (n, public) in refresh.public_forms(&jwk).into_iter().enumerate() {
        let token = signed(Algorithm::HS256, &EncodingKey::from_secret(&public));
        assert_eq!(
            app.try_refresh(&token).await.code(),
            "token_invalid",
            "the public key as a secret, form {n}"
        );
    }
    for (algorithm, key) in [
        (Algorithm::RS256, EncodingKey::from_rsa_pem(&refresh.pem).unwrap()),
        (Algorithm::HS512, EncodingKey::from_secret(&refresh.refresh_secret())),
        (Algorithm::HS256, EncodingKey::from_secret(&[0; 32])),
        (Algorithm::HS256, EncodingKey::from_secret(&[])),
    ] {
        let token = signed(algorithm, &key);
        assert_eq!(app.try_refresh(&token).await.code(), "token_invalid", "{algorithm:?}");
    }
    let again = Person::of(&app.try_refresh(&refresh.sign(|_, _| {})).await.is(200).json());
    app.me(&again.access).send().await.is(200);
    app.stop().await;
}
