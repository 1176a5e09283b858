//! HTML as a browser reads it, as a plain tree.

use html5ever::tendril::TendrilSink;
use markup5ever_rcdom::{Handle, NodeData, RcDom};

/// An element with what is in it.
#[derive(Clone, Debug, Default)]
pub struct Element {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    pub children: Vec<Node>,
}

#[derive(Clone, Debug)]
pub enum Node {
    Element(Element),
    Text(String),
}

/// Parses a document; the answer is its root.
pub fn parse(html: &str) -> Element {
    let dom = html5ever::parse_document(RcDom::default(), Default::default()).one(html);
    Element { name: "#document".into(), attributes: Vec::new(), children: children(&dom.document) }
}

fn children(handle: &Handle) -> Vec<Node> {
    let kids = handle.children.borrow();
    kids.iter().filter_map(node).collect()
}

fn node(handle: &Handle) -> Option<Node> {
    match &handle.data {
        NodeData::Text { contents } => Some(Node::Text(contents.borrow().to_string())),
        NodeData::Element { name, attrs, template_contents, .. } => {
            let attributes = attrs.borrow().iter().map(|a| (a.name.local.to_string(), a.value.to_string())).collect();
            let mut inside = children(handle);
            if let Some(template) = template_contents.borrow().as_ref() {
                inside.extend(children(template));
            }
            Some(Node::Element(Element { name: name.local.to_string(), attributes, children: inside }))
        }
        _ => None,
    }
}

impl Element {
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub fn has(&self, name: &str) -> bool {
        self.attribute(name).is_some()
    }

    /// This element and all in it, in the order of the page.
    pub fn all(&self) -> Vec<&Element> {
        let mut found = vec![self];
        for child in &self.children {
            if let Node::Element(element) = child {
                found.extend(element.all());
            }
        }
        found
    }

    /// The first element that fits.
    pub fn find(&self, fits: impl Fn(&Element) -> bool) -> Option<&Element> {
        self.all().into_iter().find(|e| fits(e))
    }

    /// The text in it, as written.
    pub fn text(&self) -> String {
        let mut out = String::new();
        self.text_into(&mut out);
        out
    }

    fn text_into(&self, out: &mut String) {
        if matches!(self.name.as_str(), "script" | "style" | "template") {
            return;
        }
        for child in &self.children {
            match child {
                Node::Text(text) => out.push_str(text),
                Node::Element(element) => element.text_into(out),
            }
        }
    }

    /// The text in it with single spaces, as a person reads it.
    pub fn words(&self) -> String {
        self.text().split_whitespace().collect::<Vec<_>>().join(" ")
    }
}
