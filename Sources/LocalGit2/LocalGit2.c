// What is left of libgit2's network transports when the library is linked statically: nothing that works.
//
// This tool uses libgit2 on repositories of the same machine, and the program git for all others. The transports would
// cost every start of the tool 7 ms: they bring fourteen more libraries, and a certificate store that is read whole when
// libgit2 is initialised. The functions here stand in the place of the members of libgit2.a that hold them; the linker
// takes a member of an archive only for a function that is still missing. Package.swift tells where it is linked so.

#include <git2.h>
#include <stdbool.h>

static int none(void) {
  git_error_set_str(GIT_ERROR_NET, "libgit2 is linked without its network transports");
  return -1;
}

// The members mbedtls.c and ssh.c: all that git_libgit2_init() and the tables of streams and transports name.
int git_mbedtls_stream_global_init(void) { return 0; }
int git_mbedtls__set_cert_location(const char *file, const char *path) { return none(); }
int git_mbedtls_stream_new(void **out, const char *host, const char *port) { return none(); }
int git_mbedtls_stream_wrap(void **out, void *in, const char *host) { return none(); }
int git_transport_ssh_global_init(void) { return 0; }
int git_transport_ssh_with_paths(void **out, void *owner, void *payload) { return none(); }
int git_smart_subtransport_ssh(void **out, void *owner, void *payload) { return none(); }

// The member http.c.
bool git_http__expect_continue = false;
int git_smart_subtransport_http(void **out, void *owner, void *payload) { return none(); }

// The library http_parser: it splits the address of a remote.
int http_parser_parse_url(const char *address, size_t length, int isConnect, void *url) { return 1; }

// SHA-256 by mbedtls; libgit2 1.5 asks for it, but has no use for it yet.
int git_hash_sha256_global_init(void) { return 0; }
int git_hash_sha256_ctx_init(void *context) { return none(); }
void git_hash_sha256_ctx_cleanup(void *context) {}
int git_hash_sha256_init(void *context) { return none(); }
int git_hash_sha256_update(void *context, const void *data, size_t length) { return none(); }
int git_hash_sha256_final(unsigned char *out, void *context) { return none(); }
