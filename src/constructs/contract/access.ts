/** What a client may do with the memory. */
export enum Access {
  /** Opens and maps the memory for reading. The mounts have `readOnly: true`. */
  READ_ONLY = 'readOnly',

  /**
   * Also writes. If the memory is a directory, its mode lets the group write, and clients need
   * `umask 007` (no Kubernetes field sets it).
   */
  READ_WRITE = 'readWrite',
}
