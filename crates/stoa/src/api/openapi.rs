//! `GET /api/v1/openapi.json`: all of it, described for programs (OpenAPI 3.1). The shapes are those of the types that are
//! answered, so they cannot say anything else.

use axum::http::HeaderMap;
use schemars::generate::{SchemaGenerator, SchemaSettings};
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value, json};

use super::{BURST, EACH_SECOND, answer};
use super::{discussion, discussions, people, places, posts, search, wiki};
use crate::app::App;
use crate::web::Visit;
use crate::web::error::Result;

/// `GET /api/v1/openapi.json`.
pub async fn page(v: Visit, app: App, headers: HeaderMap) -> Result {
    let base = app.config.base();
    let name = v.site.name().to_owned();
    answer(&v, &app, &headers, "openapi", |_| Ok(document(&base, &name))).await
}

/// One address.
struct Entry {
    path: &'static str,
    summary: &'static str,
    query: Option<Schema>,
    answer: Schema,
    /// The same as a feed.
    atom: bool,
}

fn entry<T: JsonSchema>(g: &mut SchemaGenerator, path: &'static str, summary: &'static str) -> Entry {
    Entry { path, summary, query: None, answer: g.subschema_for::<T>(), atom: false }
}

fn asking<Q: JsonSchema, T: JsonSchema>(g: &mut SchemaGenerator, path: &'static str, summary: &'static str) -> Entry {
    // The parameters are written out where they belong.
    let query = Some(SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Q>());
    Entry { query, ..entry::<T>(g, path, summary) }
}

fn entries(g: &mut SchemaGenerator) -> Vec<Entry> {
    vec![
        entry::<Value>(g, "/api/v1/openapi.json", "This description."),
        entry::<places::Site>(g, "/api/v1/site", "The site, and the wikis that it is joined to."),
        entry::<places::Categories>(g, "/api/v1/categories", "All categories."),
        asking::<places::AskedTags, places::Tags>(g, "/api/v1/tags", "All tags, with how many discussions carry each."),
        asking::<discussions::Asked, discussions::Discussions>(
            g,
            "/api/v1/discussions",
            "Discussions by category, tag, group, author, wiki page and period.",
        ),
        entry::<discussion::Discussion>(
            g,
            "/api/v1/discussions/{id}",
            "One discussion with its first and newest posts.",
        ),
        asking::<posts::Asked, posts::Posts>(
            g,
            "/api/v1/discussions/{id}/posts",
            "All posts of a discussion in their order.",
        ),
        asking::<posts::AskedNewest, posts::Newest>(g, "/api/v1/posts", "Posts of the whole site, newest first."),
        entry::<people::Member>(g, "/api/v1/people/{name}", "Somebody, as everybody may see them."),
        asking::<search::Asked, search::Hits>(g, "/api/v1/search", "The search of the site."),
        Entry {
            atom: true,
            ..asking::<wiki::AskedPage, wiki::OfPage>(
                g,
                "/api/v1/wiki/{wiki}/page/{title}/discussions",
                "What is about a wiki page, and what the page links to.",
            )
        },
        asking::<wiki::AskedLog, wiki::Log>(
            g,
            "/api/v1/wiki/{wiki}/discussions",
            "Everything that changed since a place in the log, oldest first: for keeping a copy.",
        ),
    ]
}

/// The whole description.
pub fn document(base: &str, name: &str) -> Value {
    let settings = SchemaSettings::draft2020_12().with(|s| {
        s.definitions_path = "/components/schemas".into();
        s.meta_schema = None;
    });
    let mut generator = settings.into_generator();
    let error = generator.subschema_for::<Problem>();
    let mut paths = Map::new();
    for entry in entries(&mut generator) {
        let mut parameters: Vec<Value> = parts(entry.path).map(path_parameter).collect();
        if let Some(query) = &entry.query {
            parameters.extend(query_parameters(query));
        }
        let mut content = Map::new();
        content.insert("application/json".into(), json!({ "schema": entry.answer }));
        let problem =
            |about: &str| json!({ "description": about, "content": { "application/json": { "schema": error } } });
        let get = json!({
            "summary": entry.summary,
            "parameters": parameters,
            "responses": {
                "200": { "description": entry.summary, "content": content },
                "304": { "description": "Nothing has changed since the answer with this `ETag`." },
                "404": problem("There is no such thing, or not for everybody."),
                "429": problem("Too many requests; `Retry-After` says for how many seconds."),
            },
        });
        paths.insert(entry.path.into(), json!({ "get": get }));
        if entry.atom {
            let feed = json!({
                "summary": format!("{} As an Atom feed.", entry.summary),
                "parameters": parts(entry.path).map(path_parameter).collect::<Vec<_>>(),
                "responses": { "200": { "description": "A feed.", "content": { "application/atom+xml": {} } } },
            });
            paths.insert(format!("{}.atom", entry.path), json!({ "get": feed }));
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": name,
            "version": "1",
            "summary": "What everybody may read here, for programs.",
            "description": format!(
                "Read only, without a key, the same for all who ask. Fields may come, none goes or changes its meaning within \
                 version 1. A network (/24, /48) has {BURST} requests at once and {EACH_SECOND} more each second. Please send a \
                 `User-Agent` that says who you are, and `If-None-Match` when you ask again. Atom: `.atom` behind the \
                 address of any list, discussion or person on the site."
            ),
        },
        "servers": [{ "url": base }],
        "paths": paths,
        "components": { "schemas": generator.take_definitions(true) },
    })
}

/// Why something was not answered.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its shape is used")]
struct Problem {
    /// A word for programs, such as `not-found`.
    error: String,
    /// A sentence for people.
    message: String,
}

fn parts(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

fn path_parameter(name: &str) -> Value {
    let kind = if name == "id" { "integer" } else { "string" };
    json!({ "name": name, "in": "path", "required": true, "schema": { "type": kind } })
}

fn query_parameters(query: &Schema) -> Vec<Value> {
    let required: Vec<&str> = match query.get("required") {
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let Some(Value::Object(properties)) = query.get("properties") else { return Vec::new() };
    let parameter = |(name, schema): (&String, &Value)| {
        let mut schema = schema.clone();
        let about = schema.as_object_mut().and_then(|s| s.remove("description"));
        json!({
            "name": name, "in": "query", "required": required.contains(&name.as_str()), "schema": schema,
            "description": about.unwrap_or_default(),
        })
    };
    properties.iter().map(parameter).collect()
}
