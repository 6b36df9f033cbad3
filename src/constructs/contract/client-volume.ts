import type { ClientVolumeKind } from '../../model/contract/contract-spec';

/**
 * How a client's pod reaches the directory of a memory.
 *
 * @example
 * new AgentContract({
 *   name: 'routes',
 *   namespace: 'node-agents',
 *   version: 'v1',
 *   memory: [table],
 *   ownerId: 10001,
 *   groupId: 2000,
 *   clientVolume: ClientVolume.hostPath(),
 * });
 */
export class ClientVolume {
  /**
   * Through a PersistentVolumeClaim that a `ContractGrant` of the platform made in the client's
   * namespace. The pod passes Pod Security "restricted", and for readers the volume is read-only,
   * whatever the pod says.
   */
  public static persistentVolumeClaim(): ClientVolume {
    return new ClientVolume('persistentVolumeClaim');
  }

  /**
   * Through a hostPath volume. No grant is needed, but the whole namespace must leave Pod Security
   * "baseline", which refuses hostPath.
   *
   * @see https://kubernetes.io/docs/concepts/security/pod-security-standards/
   */
  public static hostPath(): ClientVolume {
    return new ClientVolume('hostPath');
  }

  private constructor(
    /** @internal */
    public readonly _kind: ClientVolumeKind,
  ) {}
}
