//! Which indices there are: the generation in use, those in the making, those that nobody needs any more.

use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    super::engine::DocumentKind,
    client::{Client, Patience},
    failure::Failure,
    mapping,
    names::{Generation, KINDS, Names},
};

/// An index in the making that is older than this was left by a process that ended, in seconds.
const UNFINISHED_FOR: u64 = 60 * 60;
/// How often the aliases are led elsewhere while others do the same.
const TRIES: u32 = 10;

/// Makes the indices of a new generation.
pub(super) async fn create(client: &Client, generation: &Generation) -> Result<(), Failure> {
    for kind in KINDS {
        let body = mapping::index(kind, &generation.writer(kind));
        let made =
            client.send(Method::PUT, &format!("/{}", generation.index(kind)), &body, Patience::WORKER).await;
        match made {
            // A second try of what was done the first time.
            Err(failure) if failure.is_already_there() => {}
            made => drop(made?),
        }
    }
    Ok(())
}

/// Leads searches to this generation, in one step that no search notices, then deletes all others of this version: those
/// in the making by other processes too, which have nothing to add to it.
pub(super) async fn put_in_use(client: &Client, names: &Names, new: &Generation) -> Result<(), Failure> {
    for _ in 0..TRIES {
        let mut actions = Vec::new();
        for kind in KINDS {
            let alias = names.alias(kind);
            for old in in_use(client, &alias).await?.into_iter().filter(|index| *index != new.index(kind)) {
                actions.push(json!({"remove": {"index": old, "alias": alias, "must_exist": false}}));
            }
            actions.push(json!({"add": {"index": new.index(kind), "alias": alias}}));
        }
        match client.send(Method::POST, "/_aliases", &json!({"actions": actions}), Patience::WORKER).await {
            // Another process deleted the old one meanwhile; or this one, and then it stays deleted.
            Err(failure) if failure.is_no_index() && exists(client, new).await? => {}
            Err(failure) => return Err(failure),
            Ok(_) if is_alone_in_use(client, names, new).await? => break,
            Ok(_) => {}
        }
    }
    delete_others(client, names, new).await
}

/// Deletes all other generations of this version, if this one is there still: in the same step it is said again that it is
/// the one in use. Of two processes that delete each other's, the first wins, and the other is told that it is gone.
async fn delete_others(client: &Client, names: &Names, new: &Generation) -> Result<(), Failure> {
    for _ in 0..TRIES {
        let all = all(client, names).await?.into_iter();
        let others = all.filter(|found| found.is_of_this_version && found.generation != *new);
        let mut actions: Vec<Value> =
            others.map(|found| json!({"remove_index": {"index": found.index}})).collect();
        if actions.is_empty() {
            return Ok(());
        }
        let in_use = |kind| json!({"add": {"index": new.index(kind), "alias": names.alias(kind)}});
        actions.extend(KINDS.map(in_use));
        match client.send(Method::POST, "/_aliases", &json!({"actions": actions}), Patience::WORKER).await {
            // Another was deleted meanwhile; or this one, and then it stays deleted.
            Err(failure) if failure.is_no_index() && exists(client, new).await? => {}
            deleted => return deleted.map(drop),
        }
    }
    Ok(())
}

/// Deletes what nobody needs: indices that a process left unfinished, and, where an index of this version is in use,
/// those of earlier versions.
pub(super) async fn sweep(client: &Client, names: &Names) -> Result<(), Failure> {
    let used = in_use(client, &names.alias(DocumentKind::Film)).await?;
    let used: Vec<Generation> =
        used.iter().filter_map(|index| names.parse(index)).map(|(_, generation)| generation).collect();
    let now = seconds_of(Uuid::now_v7());
    let left = all(client, names).await?.into_iter().filter(|found| {
        let is_old = seconds_of(found.generation.id) + UNFINISHED_FOR < now;
        if found.is_of_this_version {
            is_old && !used.contains(&found.generation)
        } else {
            found.is_of_earlier_version && !used.is_empty()
        }
    });
    delete(client, left.map(|found| found.index)).await
}

/// Deletes the indices of a generation.
pub(super) async fn delete_generation(client: &Client, generation: &Generation) -> Result<(), Failure> {
    delete(client, KINDS.map(|kind| generation.index(kind)).into_iter()).await
}

/// Where two processes put theirs in use at once, both stood behind the aliases: the later one stays.
pub(super) async fn settle(client: &Client, names: &Names) -> Result<(), Failure> {
    let used = in_use(client, &names.alias(DocumentKind::Film)).await?;
    let latest = used.iter().filter_map(|index| names.parse(index)).map(|(_, generation)| generation);
    match latest.max_by_key(|generation| generation.id) {
        Some(latest) => Box::pin(put_in_use(client, names, &latest)).await,
        None => Ok(()),
    }
}

/// Whether persons are led to an index.
pub(super) async fn has_persons(client: &Client, names: &Names, patience: Patience) -> Result<bool, Failure> {
    Ok(!behind(client, &names.alias(DocumentKind::Person), patience).await?.is_empty())
}

/// The indices behind an alias.
async fn in_use(client: &Client, alias: &str) -> Result<Vec<String>, Failure> {
    behind(client, alias, Patience::WORKER).await
}

async fn behind(client: &Client, alias: &str, patience: Patience) -> Result<Vec<String>, Failure> {
    let found = client.get(&format!("/_alias/{alias}"), patience).await;
    match found {
        Ok(Value::Object(indices)) => Ok(indices.into_iter().map(|(index, _)| index).collect()),
        Ok(_) => Ok(Vec::new()),
        Err(failure) if failure.is_not_found() => Ok(Vec::new()),
        Err(failure) => Err(failure),
    }
}

async fn is_alone_in_use(client: &Client, names: &Names, new: &Generation) -> Result<bool, Failure> {
    for kind in KINDS {
        if in_use(client, &names.alias(kind)).await? != [new.index(kind)] {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn exists(client: &Client, generation: &Generation) -> Result<bool, Failure> {
    Ok(!in_use(client, &generation.writer(DocumentKind::Film)).await?.is_empty()
        && !in_use(client, &generation.writer(DocumentKind::Person)).await?.is_empty())
}

struct FoundIndex {
    index: String,
    generation: Generation,
    is_of_this_version: bool,
    is_of_earlier_version: bool,
}

/// All indices of ours.
async fn all(client: &Client, names: &Names) -> Result<Vec<FoundIndex>, Failure> {
    let path = format!("/_cat/indices/{}?format=json&h=index&expand_wildcards=all", names.pattern());
    let listed = client.get(&path, Patience::WORKER).await?;
    let indices = listed.as_array().into_iter().flatten().filter_map(|row| row["index"].as_str());
    let found = indices.filter_map(|index| {
        let (version, generation) = names.parse(index)?;
        Some(FoundIndex {
            index: index.to_owned(),
            generation,
            is_of_this_version: version == mapping::VERSION,
            is_of_earlier_version: version < mapping::VERSION,
        })
    });
    Ok(found.collect())
}

async fn delete(client: &Client, indices: impl Iterator<Item = String>) -> Result<(), Failure> {
    for index in indices {
        match client.ask(Method::DELETE, &format!("/{index}"), Bytes::new(), Patience::WORKER).await {
            Err(failure) if !failure.is_no_index() => return Err(failure),
            _ => {}
        }
    }
    Ok(())
}

/// When an id of version 7 was made, in seconds.
fn seconds_of(id: Uuid) -> u64 {
    id.get_timestamp().map_or(0, |timestamp| timestamp.to_unix().0)
}
