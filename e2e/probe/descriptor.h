/* Memory without a name: who has the descriptor passes it over a Unix socket. NULL, or the name of the call that failed. */
const char *listen_at(const char *path, int *listener);
/* Passes the descriptor to everybody who has connected by now. */
void pass_to_all(int listener, int fd);
const char *receive_from(const char *path, int *fd);
