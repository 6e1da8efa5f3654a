//! Films, genres and persons: the Movies API, import, the search index
