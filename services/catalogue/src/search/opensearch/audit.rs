//! What stands in the index, told by checksums, which the server adds up.

use http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    super::{
        IndexError,
        engine::{BUCKETS, Checksum, DocumentKind},
    },
    client::{Client, Patience},
    names::Names,
    place::gone,
};

/// Ids and versions read at once.
const READ_AT_ONCE: usize = 5000;

/// The checksums of all buckets. The server adds up as floating-point numbers: half a checksum has 32 bits, so that the
/// sums of two million documents in one bucket are exact.
pub(super) async fn checksums(
    client: &Client,
    names: &Names,
    kind: DocumentKind,
) -> Result<Vec<Checksum>, IndexError> {
    let question = json!({
        "size": 0,
        "aggs": {"buckets": {
            "terms": {"field": "bucket", "size": BUCKETS},
            "aggs": {"high": {"sum": {"field": "sum_high"}}, "low": {"sum": {"field": "sum_low"}}},
        }},
    });
    let answer = ask(client, names, kind, &question).await?;
    let mut checksums = vec![Checksum::default(); BUCKETS];
    for found in answer["aggregations"]["buckets"]["buckets"].as_array().into_iter().flatten() {
        let bucket = found["key"].as_u64().and_then(|bucket| usize::try_from(bucket).ok());
        let Some(checksum) = bucket.and_then(|bucket| checksums.get_mut(bucket)) else { continue };
        checksum.count = found["doc_count"].as_u64().unwrap_or_default();
        let half = |name: &str| whole(&found[name]["value"]);
        checksum.sum = (half("high") << 32).wrapping_add(half("low"));
    }
    Ok(checksums)
}

/// The ids and versions of the documents in a bucket.
pub(super) async fn versions(
    client: &Client,
    names: &Names,
    kind: DocumentKind,
    bucket: u8,
) -> Result<Vec<(Uuid, i64)>, IndexError> {
    let mut versions = Vec::new();
    let mut after: Option<Value> = None;
    loop {
        let mut question = json!({
            "size": READ_AT_ONCE,
            "_source": false,
            "docvalue_fields": ["version"],
            "query": {"term": {"bucket": bucket}},
            "sort": [{"id": "asc"}],
        });
        if let Some(after) = after.take() {
            question["search_after"] = after;
        }
        let answer = ask(client, names, kind, &question).await?;
        let hits = answer["hits"]["hits"].as_array().map(Vec::as_slice).unwrap_or_default();
        versions.extend(hits.iter().filter_map(|hit| {
            let id = hit["_id"].as_str()?.parse().ok()?;
            Some((id, hit["fields"]["version"][0].as_i64()?))
        }));
        match hits.last() {
            Some(last) if hits.len() == READ_AT_ONCE => after = Some(last["sort"].clone()),
            _ => return Ok(versions),
        }
    }
}

async fn ask(
    client: &Client,
    names: &Names,
    kind: DocumentKind,
    question: &Value,
) -> Result<Value, IndexError> {
    let path = format!("/{}/_search?allow_partial_search_results=false", names.alias(kind));
    client.send(Method::POST, &path, question, Patience::WORKER).await.map_err(gone)
}

/// A sum of whole numbers, which comes as a floating-point number.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "sums of halves are whole and small"
)]
fn whole(sum: &Value) -> u64 {
    sum.as_f64().unwrap_or_default() as u64
}
