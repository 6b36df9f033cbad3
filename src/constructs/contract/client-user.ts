import type { ClientUserKind } from '../../model/contract/contract-spec';

/**
 * The user that clients run as.
 *
 * @example
 * // boost::interprocess and multiprocessing.shared_memory create files with mode 0600.
 * new AgentContract({
 *   name: 'routes',
 *   namespace: 'node-agents',
 *   version: 'v1',
 *   memory: [table],
 *   ownerId: 10001,
 *   groupId: 2000,
 *   clients: Access.READ_WRITE,
 *   clientUser: ClientUser.owner(),
 * });
 */
export class ClientUser {
  /** Their own. They reach the memory through the group of the contract. */
  public static own(): ClientUser {
    return new ClientUser('own');
  }

  /**
   * The owner of the memory: `runAsUser: ownerId` in the containers that share it. For software
   * that creates files with mode 0600. Modes and sticky directories then keep clients from nothing;
   * a read-only mount still does.
   */
  public static owner(): ClientUser {
    return new ClientUser('owner');
  }

  private constructor(
    /** @internal */
    public readonly _kind: ClientUserKind,
  ) {}
}
