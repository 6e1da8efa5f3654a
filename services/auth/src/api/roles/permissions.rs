//! `GET /permissions`: what roles can allow.

use kino_domain::Permission;
use kino_http::{Json, Page, PageQuery, Problem, ProblemBody, RequestLanguage};
use kino_token::{Authorized, CrudRole};
use serde::Serialize;
use utoipa::ToSchema;

/// A permission.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PermissionResponse {
    code: Permission,
    /// What it allows, in Russian or English.
    #[schema(example = "Watch films that need a subscription")]
    description: &'static str,
}

#[utoipa::path(
    get,
    path = "/auth/api/v1/permissions",
    tag = "roles",
    params(PageQuery),
    security(("access_token" = [])),
    responses(
        (status = 200, description = "A page of permissions, the strongest first", body = Page<PermissionResponse>),
        (status = 403, description = "Needs CRUD_ROLE", body = ProblemBody),
        (status = 422, description = "A parameter is wrong", body = ProblemBody),
    ),
)]
pub(crate) async fn permissions(
    _: Authorized<CrudRole>,
    RequestLanguage(language): RequestLanguage,
    page: PageQuery,
) -> Result<Json<Page<PermissionResponse>>, Problem> {
    let on_page = page.offset()..page.offset() + page.limit();
    let items = (0..)
        .zip(Permission::ALL)
        .filter(|(n, _)| on_page.contains(n))
        .map(|(_, code)| PermissionResponse { code, description: code.description(language) })
        .collect();
    Ok(Json(page.page(items, Permission::ALL.len() as u64)))
}
