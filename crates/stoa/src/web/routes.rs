//! The route table: every address with who may ask for it, what fields it takes, and the handler behind it.

use std::convert::Infallible;
use std::sync::Arc;

use axum::handler::Handler;
use axum::http::Method;
use axum::routing::{MethodRouter, on};

use super::visit::Visit;
use crate::app::App;

/// Who may ask. What one then sees is decided by `access`; a policy is the first door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Needs no visit at all: assets, health. Shows nothing of the site.
    Open,
    /// Everybody, each seeing what they may.
    Everyone,
    /// Programs: everybody, and all as strangers. No cookie is read or set, and errors are JSON.
    Public,
    /// Everybody whose address carries a seal of the site: it alone says what may be done, and a form needs no token.
    Signed,
    /// Whoever is logged in.
    Members,
    Moderators,
    Administrators,
    /// Only while the site has no administrator, with the one-time key.
    SetUp,
}

/// A form field and the most characters it may have; one character more is refused before the handler runs.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    pub name: &'static str,
    pub limit: usize,
}

pub const fn field(name: &'static str, limit: usize) -> Field {
    Field { name, limit }
}

/// One line of the table.
#[derive(Clone, Debug)]
pub struct Route {
    pub method: Method,
    pub path: &'static str,
    pub policy: Policy,
    /// Of a POST: its fields beside `csrf` and `once`. Of a GET: its query parameters beside `uselang`.
    pub fields: &'static [Field],
    /// Whether a file may be sent with it.
    pub file: bool,
    /// The full name of the handler, which is also where it is to be found.
    pub handler: &'static str,
}

/// A feature's routes.
#[derive(Default)]
pub struct Routes {
    lines: Vec<(Route, MethodRouter<App>)>,
}

impl Routes {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn get<H, T>(self, path: &'static str, policy: Policy, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.add(Method::GET, path, policy, &[], false, handler)
    }

    /// A page with query parameters.
    pub fn get_with<H, T>(self, path: &'static str, policy: Policy, query: &'static [Field], handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.add(Method::GET, path, policy, query, false, handler)
    }

    pub fn post<H, T>(self, path: &'static str, policy: Policy, fields: &'static [Field], handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.add(Method::POST, path, policy, fields, false, handler)
    }

    /// A form with a file in the field `file`.
    pub fn post_file<H, T>(self, path: &'static str, policy: Policy, fields: &'static [Field], handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.add(Method::POST, path, policy, fields, true, handler)
    }

    fn add<H, T>(
        mut self,
        method: Method,
        path: &'static str,
        policy: Policy,
        fields: &'static [Field],
        file: bool,
        handler: H,
    ) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        let filter = method.clone().try_into().expect("GET and POST are filters");
        let name = std::any::type_name::<H>();
        let route = Route { method, path, policy, fields, file, handler: name };
        self.lines.push((route, on(filter, handler)));
        self
    }

    pub fn merge(mut self, other: Routes) -> Self {
        self.lines.extend(other.lines);
        self
    }

    /// The table itself, for `stoa routes` and for the tests that walk it.
    pub fn table(&self) -> Vec<Route> {
        self.lines.iter().map(|(route, _)| route.clone()).collect()
    }

    /// The router made of the table. Each handler finds its own [`Route`] through the gate.
    pub fn router(self, app: &App) -> axum::Router {
        let mut router = axum::Router::new();
        for (route, handler) in self.lines {
            let gate = axum::middleware::from_fn_with_state(app.clone(), super::gate::pass);
            let path = route.path;
            router = router.route(path, handler.layer::<_, Infallible>(gate).layer(axum::Extension(Arc::new(route))));
        }
        let router = router
            .fallback(super::gate::not_found)
            .method_not_allowed_fallback(super::gate::wrong_method)
            .with_state(app.clone());
        // A route cannot end in the middle of a part, so endings are moved to the front before routing.
        axum::Router::new().fallback_service(tower::util::MapRequest::new(router, crate::feeds::ending::to_front))
    }
}

impl Policy {
    /// Whether this visitor may come in at all.
    pub fn admits(self, visit: &Visit) -> bool {
        match self {
            Policy::Open | Policy::Everyone | Policy::Public | Policy::Signed | Policy::SetUp => true,
            Policy::Members => visit.viewer.user.is_some(),
            Policy::Moderators => visit.viewer.is_staff(),
            Policy::Administrators => visit.viewer.is_admin(),
        }
    }
}
