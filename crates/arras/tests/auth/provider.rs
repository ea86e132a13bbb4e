//! A token server that others wrote: `oidc-provider`, where Node.js and the package are at hand.
