//! Tokens that are not ours.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use kino_testkit::TestDatabase;
use serde_json::{Value, json};

use crate::app::TestApp;

fn part(token: &str, n: usize) -> Value {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(token.split('.').nth(n).unwrap()).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

fn encoded(value: &Value) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(value.to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn forged_tokens_are_refused() {
    let app = TestApp::start(TestDatabase::sqlite()).await;
    let anna = app.register("anna").await;
    let (header, claims) = (part(&anna.access, 0), part(&anna.access, 1));
    let signature = anna.access.rsplit('.').next().unwrap().to_owned();
    let mut admin = claims.clone();
    admin["permissions"] = json!(["CRUD_FILMS", "ASSIGN_ROLE"]);
    let jwks = app.client.get("/auth/.well-known/jwks.json").send().await.is(200);

    let mut none = header.clone();
    none["alg"] = json!("none");
    let hs256 = {
        let mut header = Header::new(Algorithm::HS256);
        header.kid = none["kid"].as_str().map(str::to_owned);
        header.typ = Some("at+jwt".into());
        // The public key, in the form in which anyone can have it, as a shared secret.
        let secret = EncodingKey::from_secret(jwks.json()["keys"][0]["n"].as_str().unwrap().as_bytes());
        jsonwebtoken::encode(&header, &admin, &secret).unwrap()
    };
    let mut unknown = header.clone();
    unknown["kid"] = json!("nobody's");
    let mut embedded = header.clone();
    embedded["jwk"] = jwks.json()["keys"][0].clone();
    embedded["jku"] = json!("http://127.0.0.1:9/keys");

    let with =
        |header: &Value, claims: &Value| format!("{}.{}.{signature}", encoded(header), encoded(claims));
    let flipped = {
        let mut bytes = BASE64_URL_SAFE_NO_PAD.decode(&signature).unwrap();
        bytes[7] ^= 1;
        let (head, _) = anna.access.rsplit_once('.').unwrap();
        format!("{head}.{}", BASE64_URL_SAFE_NO_PAD.encode(bytes))
    };
    let long = format!("{}{}", anna.access, "A".repeat(12_000));
    for (what, token) in [
        ("no algorithm", format!("{}.{}.", encoded(&none), encoded(&admin))),
        ("no algorithm, with a signature", with(&none, &admin)),
        ("the public key as a secret", hs256),
        ("an unknown key", with(&unknown, &claims)),
        ("a key of its own", with(&embedded, &admin)),
        ("other claims", with(&header, &admin)),
        ("another signature", flipped),
        ("half of it", anna.access[..anna.access.len() / 2].to_owned()),
        ("a long tail", long),
        ("a refresh token", anna.refresh.clone()),
        ("nothing like it", "x.y.z".to_owned()),
        ("an empty one", String::new()),
    ] {
        let answer = app.me(&token).send().await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (401, "token_invalid"), "{what}");
        let answer = app.client.get("/async/api/v1/films").bearer(&token).send().await;
        assert_eq!(answer.status.as_u16(), 401, "a bad token is refused, not ignored: {what}");
    }
    app.try_refresh(&anna.access).await.is_problem(401, "token_invalid");
    app.try_refresh("").await.is_problem(401, "token_invalid");
    for scheme in ["Basic YTpi", "Bearer", "bearer", "Token x"] {
        let answer = app.client.get("/auth/api/v1/users/me").header("authorization", scheme).send().await;
        assert_eq!(answer.status.as_u16(), 401, "{scheme}");
    }
    app.me(&anna.access).send().await.is(200);
    app.stop().await;
}
