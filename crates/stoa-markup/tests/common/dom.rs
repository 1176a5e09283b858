//! Our HTML as a browser's parser sees it, read by a parser of another version than the
//! sanitiser uses.
#![allow(dead_code)] // Each test file uses its part.

use html5ever::tendril::TendrilSink;
use html5ever::{ParseOpts, QualName, local_name, ns, parse_fragment};
use markup5ever_rcdom::{Handle, NodeData, RcDom};

/// One step of a walk through the parsed HTML.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// Name and attributes.
    Start(String, Vec<(String, String)>),
    End(String),
    Text(String),
    /// A comment, doctype or processing instruction, or an element of SVG or MathML.
    Foreign(String),
}

/// Parses `html` as the content of an element and walks through it. Not recursive.
pub fn walk(html: &str) -> Vec<Step> {
    let context = QualName::new(None, ns!(html), local_name!("div"));
    let dom = parse_fragment(RcDom::default(), ParseOpts::default(), context, Vec::new(), false).one(html);
    let root = dom.document.children.borrow()[0].clone();
    let mut steps = Vec::new();
    let mut stack: Vec<Result<Handle, String>> = root.children.borrow().iter().rev().cloned().map(Ok).collect();
    while let Some(next) = stack.pop() {
        let node = match next {
            Ok(node) => node,
            Err(name) => {
                steps.push(Step::End(name));
                continue;
            }
        };
        match &node.data {
            NodeData::Text { contents } => steps.push(Step::Text(contents.borrow().to_string())),
            NodeData::Element { name, attrs, .. } => {
                if name.ns != ns!(html) {
                    steps.push(Step::Foreign(name.local.to_string()));
                }
                let attributes = attrs.borrow();
                let pairs = attributes.iter().map(|a| (a.name.local.to_string(), a.value.to_string()));
                steps.push(Step::Start(name.local.to_string(), pairs.collect()));
                stack.push(Err(name.local.to_string()));
                stack.extend(node.children.borrow().iter().rev().cloned().map(Ok));
            }
            other => steps.push(Step::Foreign(format!("{other:?}"))),
        }
    }
    // Node by node, because dropping a deep tree recurses.
    let mut nodes = vec![root];
    while let Some(node) = nodes.pop() {
        nodes.append(&mut node.children.borrow_mut());
    }
    steps
}
