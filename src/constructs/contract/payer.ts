/**
 * Whose container touches the pages of the memories first: its memory cgroup is charged for them
 * until they are freed, and its memory limit must hold them.
 */
export enum Payer {
  /** The agent, which writes the memories before any client opens them. */
  AGENT = 'agent',

  /**
   * Each client: its memory limit must hold all memories of the contract, since any client may be
   * the first.
   */
  CLIENT = 'client',
}
