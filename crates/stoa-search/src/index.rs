//! The index folder: what is kept of a post, how it changes, how it is asked.

use crate::fold::fold_name;
use crate::plan::{plan, similar};
use crate::query::{Order, Query};
use crate::tokens;
use anyhow::{Context, Result};
use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};
use tantivy::collector::{Collector, Count, TopDocs};
use tantivy::directory::MmapDirectory;
use tantivy::query::Query as Ask;
use tantivy::schema::{Field, IndexRecordOption, NumericOptions, STRING, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::TextAnalyzer;
use tantivy::{
    DocAddress, DocId, IndexReader, IndexWriter, ReloadPolicy, Score, Searcher, SegmentReader, TantivyDocument,
};

/// One post as the index sees it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Doc {
    /// Id of the post; putting the same id again replaces it.
    pub post_id: i64,
    /// Id of its topic.
    pub topic_id: i64,
    /// Number of the post in its topic, from 1.
    pub number: i64,
    /// Category of the topic, compared with [`Scope::categories`].
    pub category_id: i64,
    /// Name of the author; folded here once more.
    pub author: String,
    /// Title of the topic.
    pub title: String,
    /// Text of the post, without markup.
    pub body: String,
    /// Language of the post (BCP 47).
    pub lang: String,
    /// Tags of the topic.
    pub tags: Vec<String>,
    /// When it was written, µs UTC.
    pub created_at: i64,
    /// How many like it.
    pub likes: i64,
}

/// One change of the index.
#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    /// Adds a post or replaces it.
    Put(Doc),
    /// Forgets a post.
    Delete {
        /// Which one.
        post_id: i64,
    },
    /// Forgets all posts of a topic.
    DeleteTopic {
        /// Which one.
        topic_id: i64,
    },
}

/// What the one who asks may see; part of every query.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scope {
    /// Ids of the categories visible to the viewer.
    pub categories: Vec<i64>,
}

/// One post found.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// The post.
    pub post_id: i64,
    /// Its topic.
    pub topic_id: i64,
    /// Relevance; or the time (µs UTC) or number of likes that the results are ordered by.
    pub score: f64,
}

/// A page of results.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Hits {
    /// Best first.
    pub posts: Vec<Hit>,
    /// How many there are in all.
    pub total: usize,
}

/// An open index. It may be shared between threads; searches never wait for changes.
pub struct Index {
    index: tantivy::Index,
    reader: IndexReader,
    fields: Fields,
    writer: Mutex<Writer>,
}

#[derive(Default)]
struct Writer {
    open: Option<IndexWriter>,
    used: Option<Instant>,
    uncommitted: bool,
    /// The index is being made anew.
    filling: bool,
}

#[derive(Clone, Copy)]
pub(crate) struct Fields {
    pub(crate) post_id: Field,
    pub(crate) topic_id: Field,
    pub(crate) number: Field,
    pub(crate) category_id: Field,
    pub(crate) author: Field,
    pub(crate) title: Field,
    pub(crate) body: Field,
    pub(crate) lang: Field,
    pub(crate) tag: Field,
    pub(crate) created_at: Field,
    pub(crate) likes: Field,
}

/// The subfolder that holds the index. Its number goes up with every change of the schema, the tokenizer or the
/// folding: an index of another number is thrown away and built anew from the posts.
const FOLDER: &str = "posts-1";
/// Memory for posts that are not on disk yet.
const HEAP: usize = 20_000_000;
/// The same while the index is made anew: fewer, larger pieces leave less to be merged.
const HEAP_ANEW: usize = 120_000_000;
/// Threads that take in posts while the index is made anew; ordinary changes have one.
const THREADS_ANEW: usize = 2;
const OPENING: &str = "opening the search index to write";
/// An unused writer gives its memory back after this time.
const IDLE: Duration = Duration::from_secs(30);
/// Nobody reads on after so many results.
const DEEPEST: usize = 10_000;

impl Index {
    /// Opens the index in a folder. A missing, broken or older-format one is replaced by an empty one, whose
    /// [`Index::cursor`] is `None`: the caller then feeds all posts again.
    ///
    /// # Errors
    /// When the folder cannot be made or written.
    pub fn open(dir: &Path) -> Result<Index> {
        fs::create_dir_all(dir).with_context(|| format!("making the search folder {}", dir.display()))?;
        for entry in fs::read_dir(dir)? {
            let name = entry?.file_name();
            if name.to_str().is_some_and(|name| name.starts_with("posts-") && name != FOLDER) {
                fs::remove_dir_all(dir.join(&name)).context("removing a search index of another format")?;
            }
        }
        let folder = dir.join(FOLDER);
        Index::in_folder(&folder).or_else(|_| {
            match fs::remove_dir_all(&folder) {
                Err(e) if e.kind() != ErrorKind::NotFound => {
                    return Err(e).context("removing a broken search index");
                }
                _ => {}
            }
            Index::in_folder(&folder)
        })
    }

    fn in_folder(folder: &Path) -> Result<Index> {
        fs::create_dir_all(folder)?;
        let (schema, fields) = schema();
        let index = tantivy::Index::open_or_create(MmapDirectory::open(folder)?, schema)?;
        index.tokenizers().register(tokens::NAME, TextAnalyzer::from(tokens::Entries));
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        Ok(Index { index, reader, fields, writer: Mutex::default() })
    }

    /// What the last commit was told: how far the index has followed. `None` for an empty index.
    pub fn cursor(&self) -> Option<String> {
        self.index.load_metas().ok()?.payload
    }

    /// Carries out changes, in order and in one commit, and notes how far the index has followed. Searches see them
    /// when this returns. After an error none of them are kept.
    ///
    /// # Errors
    /// When the disk refuses, or another process writes to the folder.
    pub fn apply(&self, ops: Vec<Op>, cursor: &str) -> Result<()> {
        let mut writer = self.writer();
        let done = self.write(&mut writer, ops, cursor);
        if done.is_err() {
            *writer = Writer::default();
        }
        done
    }

    /// Begins to make the index anew: forgets every post, and takes in new ones with [`Index::fill`]. Searches see the
    /// old posts until the next [`Index::apply`] ends it.
    ///
    /// # Errors
    /// As for [`Index::apply`].
    pub fn clear(&self) -> Result<()> {
        let mut writer = self.writer();
        // There is one writer to a folder: the last one goes before the next is made.
        *writer = Writer::default();
        let open = self.index.writer_with_num_threads(THREADS_ANEW, HEAP_ANEW).context(OPENING)?;
        open.delete_all_documents()?;
        *writer = Writer { open: Some(open), used: Some(Instant::now()), uncommitted: true, filling: true };
        Ok(())
    }

    /// Takes posts into an index that was cleared, each of them once, without a commit.
    ///
    /// # Errors
    /// As for [`Index::apply`], and when the index was not cleared; everything since the last commit is then forgotten.
    pub fn fill(&self, docs: impl IntoIterator<Item = Doc>) -> Result<()> {
        let mut writer = self.writer();
        let open = writer.open.as_ref().filter(|_| writer.filling).context("the search index was not cleared")?;
        let done = docs.into_iter().try_for_each(|doc| open.add_document(self.document(&doc)).map(drop));
        if done.is_err() {
            *writer = Writer::default();
        }
        done.context("filling the search index")
    }

    fn write(&self, writer: &mut Writer, ops: Vec<Op>, cursor: &str) -> Result<()> {
        let open = match &mut writer.open {
            Some(open) => open,
            none => none.insert(self.index.writer_with_num_threads(1, HEAP).context(OPENING)?),
        };
        writer.uncommitted = true;
        for op in ops {
            match op {
                Op::Put(doc) => {
                    open.delete_term(tantivy::Term::from_field_i64(self.fields.post_id, doc.post_id));
                    open.add_document(self.document(&doc))?;
                }
                Op::Delete { post_id } => {
                    open.delete_term(tantivy::Term::from_field_i64(self.fields.post_id, post_id));
                }
                Op::DeleteTopic { topic_id } => {
                    open.delete_term(tantivy::Term::from_field_i64(self.fields.topic_id, topic_id));
                }
            }
        }
        let mut commit = open.prepare_commit()?;
        commit.set_payload(cursor);
        commit.commit().context("committing the search index")?;
        writer.uncommitted = false;
        self.reader.reload()?;
        if writer.filling
            && let Some(open) = std::mem::take(writer).open
        {
            // A merge that failed leaves the segments as they were; the next writer tries again.
            let _ = open.wait_merging_threads();
        }
        writer.used = Some(Instant::now());
        Ok(())
    }

    fn document(&self, doc: &Doc) -> TantivyDocument {
        let fields = &self.fields;
        let mut document = TantivyDocument::new();
        for (field, number) in [
            (fields.post_id, doc.post_id),
            (fields.topic_id, doc.topic_id),
            (fields.number, doc.number),
            (fields.category_id, doc.category_id),
            (fields.created_at, doc.created_at),
            (fields.likes, doc.likes),
        ] {
            document.add_i64(field, number);
        }
        document.add_text(fields.author, fold_name(&doc.author));
        document.add_text(fields.title, &doc.title);
        document.add_text(fields.body, &doc.body);
        // `de-at` is found by `lang:de` too.
        let lang = fold_name(&doc.lang).replace('_', "-");
        if let Some((base, _)) = lang.split_once('-') {
            document.add_text(fields.lang, base);
        }
        document.add_text(fields.lang, lang);
        for tag in &doc.tags {
            document.add_text(fields.tag, fold_name(tag));
        }
        document
    }

    /// Gives back the writer's memory (about 20 MB) when nothing was written for 30 s; to be called now and then. Waits
    /// for merges that are under way. Tells whether there was any.
    pub fn release_idle(&self) -> bool {
        self.release(IDLE)
    }

    fn release(&self, idle: Duration) -> bool {
        let mut writer = self.writer();
        if writer.uncommitted || writer.used.is_none_or(|used| used.elapsed() < idle) {
            return false;
        }
        if let Some(open) = std::mem::take(&mut *writer).open {
            // A merge that failed leaves the segments as they were; the next writer tries again.
            let _ = open.wait_merging_threads();
        }
        true
    }

    /// A thread that panicked while writing left nothing half committed.
    fn writer(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many posts are in the index.
    pub fn doc_count(&self) -> u64 {
        self.reader.searcher().num_docs()
    }

    /// Finds posts in the categories of the scope: `limit` of them, after the first `offset`.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn search(&self, q: &Query, scope: &Scope, limit: usize, offset: usize) -> Result<Hits> {
        let Some(ask) = plan(q, scope, &self.fields) else {
            return Ok(Hits::default());
        };
        let searcher = self.reader.searcher();
        let limit = limit.min(DEEPEST.saturating_sub(offset));
        if limit == 0 {
            return Ok(Hits { posts: Vec::new(), total: searcher.search(&*ask, &Count)? });
        }
        let top = TopDocs::with_limit(limit).and_offset(offset);
        match q.order {
            Order::Relevance if q.has_words() => {
                let now = SystemTime::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_micros() as i64);
                self.collect(&searcher, &*ask, top.tweak_score(move |segment: &SegmentReader| freshness(segment, now)))
            }
            Order::Relevance | Order::Latest => {
                self.collect(&searcher, &*ask, top.order_by_fast_field::<i64>("created_at", tantivy::Order::Desc))
            }
            Order::Likes => {
                self.collect(&searcher, &*ask, top.order_by_fast_field::<i64>("likes", tantivy::Order::Desc))
            }
        }
    }

    /// Finds opening posts of topics whose titles are like this one, in the categories of the scope, the most alike first.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn similar(&self, title: &str, scope: &Scope, limit: usize) -> Result<Vec<Hit>> {
        let searcher = self.reader.searcher();
        let how_many = |entry: &_| searcher.doc_freq(entry).unwrap_or(0);
        let Some(ask) = similar(title, scope, &self.fields, searcher.num_docs(), how_many) else {
            return Ok(Vec::new());
        };
        if limit == 0 {
            return Ok(Vec::new());
        }
        let now = SystemTime::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_micros() as i64);
        let top = TopDocs::with_limit(limit).tweak_score(move |segment: &SegmentReader| freshness(segment, now));
        Ok(self.collect(&searcher, &*ask, top)?.posts)
    }

    fn collect<S: Rank>(
        &self,
        searcher: &Searcher,
        ask: &dyn Ask,
        top: impl Collector<Fruit = Vec<(S, DocAddress)>>,
    ) -> Result<Hits> {
        let (found, total) = searcher.search(ask, &(top, Count))?;
        let mut posts = Vec::with_capacity(found.len());
        for (score, at) in found {
            let columns = searcher.segment_reader(at.segment_ord).fast_fields();
            let value = |name| anyhow::Ok(columns.i64(name)?.first(at.doc_id).unwrap_or_default());
            posts.push(Hit { post_id: value("post_id")?, topic_id: value("topic_id")?, score: score.rank() });
        }
        Ok(Hits { posts, total })
    }
}

/// What results are ordered by, as a number.
trait Rank {
    fn rank(&self) -> f64;
}

impl Rank for Score {
    fn rank(&self) -> f64 {
        f64::from(*self)
    }
}

impl Rank for Option<i64> {
    fn rank(&self) -> f64 {
        self.unwrap_or_default() as f64
    }
}

/// A little in favour of new and liked posts: a post of today counts 30 % more than an old one, falling to half of
/// that in a year; ten likes count 12 % more than none.
fn freshness(segment: &SegmentReader, now: i64) -> impl Fn(DocId, Score) -> Score + use<> {
    const YEAR: f32 = 365.25 * 86_400e6;
    let column = |name| segment.fast_fields().i64(name).map(|column| column.first_or_default_col(0));
    let (created, likes) = (column("created_at").ok(), column("likes").ok());
    move |doc, score| {
        let age = created.as_ref().map_or(0, |column| now.saturating_sub(column.get_val(doc)));
        let likes = likes.as_ref().map_or(0, |column| column.get_val(doc));
        let years = age.max(0) as f32 / YEAR;
        score * (1.0 + 0.3 / (1.0 + years)) * (1.0 + 0.05 * (likes.max(0) as f32).ln_1p())
    }
}

fn schema() -> (Schema, Fields) {
    let mut schema = Schema::builder();
    let id = NumericOptions::default().set_indexed().set_fast();
    let key = NumericOptions::default().set_indexed();
    let text = TextOptions::default().set_indexing_options(
        TextFieldIndexing::default()
            .set_tokenizer(tokens::NAME)
            .set_index_option(IndexRecordOption::WithFreqsAndPositions),
    );
    let fields = Fields {
        post_id: schema.add_i64_field("post_id", id.clone()),
        topic_id: schema.add_i64_field("topic_id", id.clone()),
        number: schema.add_i64_field("number", key.clone()),
        category_id: schema.add_i64_field("category_id", key),
        author: schema.add_text_field("author", STRING),
        title: schema.add_text_field("title", text.clone()),
        body: schema.add_text_field("body", text),
        lang: schema.add_text_field("lang", STRING),
        tag: schema.add_text_field("tag", STRING),
        created_at: schema.add_i64_field("created_at", id.clone()),
        likes: schema.add_i64_field("likes", NumericOptions::default().set_fast()),
    };
    (schema.build(), fields)
}
