/**
 * Which side's container touches the pages of the memories first. The kernel charges them to the
 * memory cgroup of that container until they are freed, and its memory limit must be large enough
 * for them.
 */
export enum Payer {
  /** The agent, which writes the memories before any client opens them. */
  AGENT = 'agent',

  /**
   * Each client. Its memory limit must be large enough for all memories of the contract, because
   * any client may be the first.
   */
  CLIENT = 'client',
}
