//! Which rows are new accounts, which are there already, and which clash with others.

use std::collections::{HashMap, HashSet};

use kino_domain::UserId;

use super::{
    ImportedUser,
    table::{BadRow, Row},
};

/// Accounts that a batch of rows may meet.
#[derive(Clone, Debug, Default)]
pub(crate) struct Accounts {
    ids: HashSet<UserId>,
    by_username: HashMap<String, UserId>,
    by_email: HashMap<String, UserId>,
}

/// Whom a row meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meets {
    Nobody,
    /// The account that it is of.
    Itself(UserId),
    /// Another account, by this column.
    Another(&'static str),
}

/// What becomes of the rows of a batch.
#[derive(Debug, Default)]
pub(crate) struct Matched {
    pub(crate) new: Vec<(UserId, ImportedUser)>,
    /// They were there before; an import changes nothing of them.
    pub(crate) unchanged: Vec<UserId>,
    pub(crate) bad: Vec<BadRow>,
}

impl Accounts {
    pub(crate) fn add(&mut self, id: UserId, username_key: String, email_key: String) {
        self.ids.insert(id);
        self.by_username.insert(username_key, id);
        self.by_email.insert(email_key, id);
    }

    fn meets(&self, user: &ImportedUser) -> Meets {
        if let Some(id) = user.id.filter(|id| self.ids.contains(id)) {
            return Meets::Itself(id);
        }
        match (self.by_username.get(&user.username.key), self.by_email.get(&user.email.key)) {
            (None, None) => Meets::Nobody,
            (Some(one), Some(other)) if one == other && user.id.is_none() => Meets::Itself(*one),
            (Some(_), _) => Meets::Another("username"),
            (None, Some(_)) => Meets::Another("email"),
        }
    }
}

/// Matches rows with the accounts that there are. `met` are those that earlier rows of the file were of.
pub(crate) fn match_rows(
    rows: Vec<Row>,
    mut accounts: Accounts,
    met: &HashSet<UserId>,
    mut new_id: impl FnMut() -> UserId,
) -> Matched {
    let mut matched = Matched::default();
    let mut met_here = HashSet::new();
    for Row { line, user } in rows {
        let bad = match accounts.meets(&user) {
            Meets::Nobody => {
                let id = user.id.unwrap_or_else(&mut new_id);
                accounts.add(id, user.username.key.clone(), user.email.key.clone());
                met_here.insert(id);
                matched.new.push((id, user));
                continue;
            }
            Meets::Itself(id) if !met.contains(&id) && met_here.insert(id) => {
                matched.unchanged.push(id);
                continue;
            }
            Meets::Itself(_) => "an earlier row is of the same account".to_owned(),
            Meets::Another(column) => format!("{column}: another account has it"),
        };
        matched.bad.push(BadRow { line, reason: bad });
    }
    matched
}

#[cfg(test)]
mod tests {
    use kino_domain::{Clock, Entropy};
    use uuid::Uuid;

    use super::*;
    use crate::account;

    fn row(line: u64, id: Option<u128>, username: &str, email: &str) -> Row {
        let user = ImportedUser {
            id: id.map(|id| UserId(Uuid::from_u128(id))),
            username: account::username(username).unwrap(),
            email: account::email(email).unwrap(),
            email_verified: false,
            password_hash: String::new(),
            roles: Vec::new(),
            first_name: None,
            last_name: None,
            gender: None,
            timezone: None,
            language: None,
            created_at: None,
            blocked: false,
        };
        Row { line, user }
    }

    fn matched(
        rows: Vec<Row>,
        accounts: &[(u128, &str, &str)],
        met: &[u128],
    ) -> (usize, usize, Vec<(u64, String)>) {
        let mut there = Accounts::default();
        for (id, username, email) in accounts {
            there.add(UserId(Uuid::from_u128(*id)), (*username).to_owned(), (*email).to_owned());
        }
        let met = met.iter().map(|id| UserId(Uuid::from_u128(*id))).collect();
        let new_id = || UserId::generate(&Clock::system(), &Entropy::system());
        let matched = match_rows(rows, there, &met, new_id);
        let bad = matched.bad.into_iter().map(|bad| (bad.line, bad.reason)).collect();
        (matched.new.len(), matched.unchanged.len(), bad)
    }

    #[test]
    fn a_row_is_the_account_of_its_id_or_of_both_its_names() {
        let there = [(1, "anna", "anna@b.ru"), (2, "boris", "boris@b.ru")];
        for same in [
            row(2, Some(1), "anna", "anna@b.ru"),
            row(2, Some(1), "renamed", "moved@b.ru"),
            row(2, None, "Anna", "ANNA@b.ru"),
        ] {
            assert_eq!(matched(vec![same], &there, &[]), (0, 1, vec![]));
        }
        assert_eq!(matched(vec![row(2, Some(3), "vera", "vera@b.ru")], &there, &[]), (1, 0, vec![]));
    }

    #[test]
    fn a_name_or_address_of_another_account_is_a_clash() {
        let there = [(1, "anna", "anna@b.ru"), (2, "boris", "boris@b.ru")];
        for (clash, column) in [
            (row(2, Some(3), "anna", "anna@b.ru"), "username"),
            (row(2, None, "anna", "new@b.ru"), "username"),
            (row(2, None, "new", "anna@b.ru"), "email"),
            (row(2, None, "anna", "boris@b.ru"), "username"),
            (row(2, Some(3), "new", "boris@b.ru"), "email"),
        ] {
            let told = vec![(2, format!("{column}: another account has it"))];
            assert_eq!(matched(vec![clash], &there, &[]), (0, 0, told));
        }
    }

    #[test]
    fn the_second_of_two_rows_for_one_account_is_bad() {
        let again = "an earlier row is of the same account".to_owned();
        let twice = || vec![row(2, Some(1), "anna", "anna@b.ru"), row(3, Some(1), "anna", "anna@b.ru")];
        assert_eq!(matched(twice(), &[], &[]), (1, 0, vec![(3, again.clone())]));
        assert_eq!(matched(twice(), &[(1, "anna", "anna@b.ru")], &[]), (0, 1, vec![(3, again.clone())]));
        // In an earlier batch.
        let there = [(1, "anna", "anna@b.ru")];
        let later = vec![row(700, None, "anna", "anna@b.ru")];
        assert_eq!(matched(later, &there, &[1]), (0, 0, vec![(700, again)]));
        let alike = vec![row(2, None, "anna", "anna@b.ru"), row(3, None, "ANNA", "other@b.ru")];
        assert_eq!(
            matched(alike, &[], &[]),
            (1, 0, vec![(3, "username: another account has it".to_owned())])
        );
    }
}
