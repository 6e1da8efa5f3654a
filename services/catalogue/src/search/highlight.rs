//! Showing what was found: the words of a text that answer a query, marked.

use std::collections::HashMap;

use super::{
    analyzer::{is_of_word, stems, words},
    intent::{Intent, Word},
    text::normalize,
};

/// About how many characters of a long text are shown.
const SNIPPET: usize = 200;
/// How many of them before the first match.
const BEFORE: usize = 50;

/// Marks the words of an intent with `<em>`; all else is escaped for HTML.
pub(crate) struct Highlighter {
    /// Of every reading.
    meant: Vec<Word>,
    /// What words answer that were seen already: the films of a page have many in common.
    known: HashMap<String, Vec<(usize, Answer)>>,
}

/// A word of a text: from which byte to which, and which words of the query it answers.
struct Place {
    start: usize,
    end: usize,
    answers: Vec<(usize, Answer)>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Answer {
    /// The word, a form of it, its beginning where it may be unfinished.
    Exact,
    Misspelt,
}

impl Highlighter {
    pub(crate) fn new(intent: &Intent) -> Self {
        let meant = intent.readings.iter().flat_map(|reading| reading.meant().cloned()).collect();
        Self { meant, known: HashMap::new() }
    }

    /// The whole text; none where nothing in it answers.
    pub(crate) fn whole(&mut self, text: &str) -> Option<String> {
        let marks = self.marks(text);
        (!marks.is_empty()).then(|| marked(text, 0, text.len(), &marks))
    }

    /// A part of the text around the first word that answers; none where nothing does.
    pub(crate) fn snippet(&mut self, text: &str) -> Option<String> {
        let marks = self.marks(text);
        let (first, first_end) = *marks.first()?;
        if text.chars().count() <= SNIPPET {
            return Some(marked(text, 0, text.len(), &marks));
        }
        let start = start_of_word(text, back(text, first, BEFORE)).min(first);
        let end = end_of_word(text, forth(text, start, SNIPPET)).max(first_end);
        let (before, behind) = (if start > 0 { "…" } else { "" }, if end < text.len() { "…" } else { "" });
        Some(format!("{before}{}{behind}", marked(text, start, end, &marks)))
    }

    /// From which byte to which there is an answer. A word is only taken as misspelt where it does not stand as it is.
    fn marks(&mut self, text: &str) -> Vec<(usize, usize)> {
        let mut best: Vec<Option<Answer>> = vec![None; self.meant.len()];
        let mut places = Vec::new();
        for (start, end) in words_of(text) {
            let word = &text[start..end];
            if !self.known.contains_key(word) {
                self.known.insert(word.to_owned(), self.answers(word));
            }
            let answers = self.known.get(word).cloned().unwrap_or_default();
            for (meant, answer) in &answers {
                best[*meant] = Some(best[*meant].map_or(*answer, |best| best.min(*answer)));
            }
            places.push(Place { start, end, answers });
        }
        places.retain(|place| place.answers.iter().any(|(meant, answer)| best[*meant] == Some(*answer)));
        places.into_iter().map(|place| (place.start, place.end)).collect()
    }

    /// Which of the meant words a word answers.
    fn answers(&self, word: &str) -> Vec<(usize, Answer)> {
        let normalized = normalize(word);
        let [text] = &words(&normalized)[..] else { return Vec::new() };
        let mut stem = None;
        let mut answer = |meant: &Word| {
            let is_same = meant.text == *text
                || meant.other_spellings.contains(text)
                || (meant.may_be_unfinished && text.starts_with(&meant.text));
            if is_same {
                return Some(Answer::Exact);
            }
            // Forms of a word begin alike, so most words need no stem.
            if meant.text.chars().next() == text.chars().next() {
                let stem = stem.get_or_insert_with(|| stems(&normalized).pop());
                if stem.as_ref() == Some(&meant.stem) {
                    return Some(Answer::Exact);
                }
            }
            meant.typos_to(text).map(|_| Answer::Misspelt)
        };
        let meant = self.meant.iter().enumerate();
        meant.filter_map(|(number, meant)| Some((number, answer(meant)?))).collect()
    }
}

/// From which byte to which each word goes; `Schindler's` is one.
fn words_of(text: &str) -> Vec<(usize, usize)> {
    let mut words: Vec<(usize, usize)> = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        match start {
            None if is_of_word(c) => start = Some(at),
            Some(from) if !is_of_word(c) => {
                words.push((from, at));
                start = None;
            }
            _ => {}
        }
    }
    let mut joined: Vec<(usize, usize)> = Vec::with_capacity(words.len());
    for (start, end) in words {
        match joined.last_mut() {
            Some((_, before)) if is_one_word(text, *before, start, end) => *before = end,
            _ => joined.push((start, end)),
        }
    }
    joined
}

/// Whether what is between two words, and the second, is an ending of the first.
fn is_one_word(text: &str, end: usize, start: usize, end_of_second: usize) -> bool {
    matches!(&text[end..start], "'" | "’") && text[start..end_of_second].chars().count() <= 2
}

fn marked(text: &str, start: usize, end: usize, marks: &[(usize, usize)]) -> String {
    let mut html = String::with_capacity(end - start + 32);
    let mut at = start;
    for (from, to) in marks.iter().filter(|(from, to)| *from >= start && *to <= end) {
        escape(&text[at..*from], &mut html);
        html.push_str("<em>");
        escape(&text[*from..*to], &mut html);
        html.push_str("</em>");
        at = *to;
    }
    escape(&text[at..end], &mut html);
    html
}

fn escape(text: &str, html: &mut String) {
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            _ => html.push(c),
        }
    }
}

fn back(text: &str, from: usize, chars: usize) -> usize {
    text[..from].char_indices().rev().take(chars).last().map_or(from, |(at, _)| at)
}

fn forth(text: &str, from: usize, chars: usize) -> usize {
    text[from..].char_indices().nth(chars).map_or(text.len(), |(at, _)| from + at)
}

/// Where the word begins that is cut at this byte, or the next one.
fn start_of_word(text: &str, at: usize) -> usize {
    if at == 0 {
        return 0;
    }
    text[at..].find(char::is_whitespace).map_or(at, |space| {
        let behind = at + space;
        behind + text[behind..].len() - text[behind..].trim_start().len()
    })
}

/// Where the last whole word before this byte ends.
fn end_of_word(text: &str, at: usize) -> usize {
    if at == text.len() {
        at
    } else {
        text[..at].trim_end_matches(|c: char| !c.is_whitespace()).trim_end().len()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn whole(query: &str, text: &str) -> Option<String> {
        Highlighter::new(&Intent::of(query).unwrap()).whole(text)
    }

    #[test]
    fn words_forms_beginnings_and_typos_are_marked_in_any_reading() {
        for (query, text, marked) in [
            ("star wars", "Star Wars: A New Hope", "<em>Star</em> <em>Wars</em>: A New Hope"),
            ("звездных войн", "Звёздные войны", "<em>Звёздные</em> <em>войны</em>"),
            ("интерст", "Интерстеллар", "<em>Интерстеллар</em>"),
            ("vfnhbwf", "Матрица", "<em>Матрица</em>"),
            ("voyna i mir", "Война и мир", "<em>Война</em> и <em>мир</em>"),
            ("godfater", "The Godfather", "The <em>Godfather</em>"),
            ("звездные вйоны", "Звёздные войны", "<em>Звёздные</em> <em>войны</em>"),
            ("schindlers", "Schindler’s List", "<em>Schindler’s</em> List"),
            ("крестный 2", "Part II", "Part <em>II</em>"),
            ("amelie", "Amélie", "<em>Amélie</em>"),
        ] {
            assert_eq!(whole(query, text).as_deref(), Some(marked), "{query}");
        }
        assert_eq!(whole("matrix", "Solaris"), None);
        assert_eq!(whole("the matrix", "The Hunt"), None, "little words are not what was meant");
        let exact = whole("войны", "Война и войну войны воины").unwrap();
        assert!(
            !exact.contains("<em>воины</em>"),
            "{exact}: where there is the word, others are not misspelt"
        );
    }

    #[test]
    fn all_but_the_marks_is_escaped() {
        let text = "Tom & <b>Jerry</b> \"x\" 'y'";
        let marked = whole("jerry", text).unwrap();
        assert_eq!(marked, "Tom &amp; &lt;b&gt;<em>Jerry</em>&lt;/b&gt; &quot;x&quot; &#39;y&#39;");
    }

    #[test]
    fn a_long_text_is_cut_around_the_first_match() {
        let text = format!("{}сурок {}", "Много слов впереди. ".repeat(20), "и позади. ".repeat(40));
        let snippet = Highlighter::new(&Intent::of("сурок").unwrap()).snippet(&text).unwrap();
        assert!(snippet.starts_with('…') && snippet.ends_with('…') && snippet.contains("<em>сурок</em>"));
        assert!((150..=220).contains(&snippet.chars().count()), "{snippet}");
        assert!(!snippet.starts_with("… "), "{snippet}");
    }

    proptest! {
        #[test]
        fn any_text_can_be_marked(query in "\\PC{0,40}", text in "\\PC{0,500}") {
            if let Some(intent) = Intent::of(&query) {
                let mut highlighter = Highlighter::new(&intent);
                let _ = highlighter.snippet(&text);
                if let Some(html) = highlighter.whole(&text) {
                    let bare = html.replace("<em>", "").replace("</em>", "");
                    prop_assert!(!bare.contains(['<', '>']));
                }
            }
        }
    }
}
