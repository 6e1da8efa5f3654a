//! House rules of every HTTP service: problems, paging, request ids, limits, OpenAPI, telemetry
