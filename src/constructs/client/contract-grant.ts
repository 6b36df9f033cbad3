import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { grantProblems } from './grant-problems';
import { InputChecks, InputError, show } from '../../errors';
import { encodeAnnotation } from '../../model/annotation-codec';
import { claimsOf, GRANT_ANNOTATION } from '../../model/client/grant';
import type { AccessKind, ContractSpec, MemorySpec } from '../../model/contract/contract-spec';
import { API_VERSION_2 } from '../../model/contract/contract-version';
import {
  claimName,
  claimableMemories,
  isGuarded,
  memoryDirectory,
  persistentVolumeName,
} from '../../model/contract/node-layout';
import { meantOptions, type OptionNames } from '../../options';
import type { Operation } from '../../wire/edit';
import { addEdit } from '../../wire/hook';
import { Access } from '../contract/access';
import { specOf, type AgentContract } from '../contract/agent-contract';
import { requireSameContract, reserveName } from '../support/app-registry';
import { clusterScoped } from '../support/cluster-scoped';
import { checkNamespaceName, grantedAccess } from '../support/input-values';

/** Properties of `ContractGrant`. */
export interface ContractGrantProps {
  /** The contract that is granted. */
  readonly contract: AgentContract;

  /** The client namespace that it is granted to. */
  readonly namespace: string;

  /**
   * What the namespace may do. With Access.READ_WRITE it gets both claims, because its pods only
   * read unless they ask for more.
   *
   * @default - what the contract allows its clients
   */
  readonly access?: Access;
}

const PROPS: OptionNames<ContractGrantProps> = { access: true, contract: true, namespace: true };

const CAPACITY = '1Mi';

/**
 * Lets one client namespace use a contract: for each memory that has a directory on the node, a
 * `local` PersistentVolume and the claim that is bound to it. For readers, the volume has
 * `mountOptions: [ro]`, the only read-only that the platform's side enforces. The platform team
 * makes both, because a PersistentVolume is cluster-scoped.
 *
 * Their immutable fields are tied to the contract's `version`: if you change the path, the backing
 * or the nodes, change the version too.
 *
 * @see https://kubernetes.io/docs/concepts/storage/volumes/#local
 *
 * @example
 * const grant = new ContractGrant(chart, 'shop', { contract: routes, namespace: 'shop' });
 * grant.claimName('table'); // routes-table-v1-ro
 */
export class ContractGrant extends Construct {
  /** The contract that is granted. */
  public readonly contract: AgentContract;

  /** The client namespace that the contract is granted to. */
  public readonly namespace: string;

  private readonly granted: {
    readonly memory: MemorySpec;
    readonly access: AccessKind;
    readonly claim: ApiObject;
    readonly volume: ApiObject;
  }[] = [];

  /**
   * @param scope a chart
   * @param id id of the construct
   * @param props contract, namespace, access
   */
  public constructor(scope: Construct, id: string, props: ContractGrantProps) {
    super(scope, id);
    const where = this.node.path;
    const checks = new InputChecks(this);
    const meant = meantOptions(props, checks, PROPS);
    const { namespace } = meant;
    checks.try(() =>
      checkNamespaceName(namespace, 'namespace', where, 'name the namespace of the clients'),
    );
    const read = checks.try(() => specOf(meant.contract, where));
    const allowed = read && checks.try(() => grantedAccess(read, meant.access, where));
    if (read) {
      this.check(read, checks);
      checks.try(() => requireSameContract(this, read));
      this.reserve(read, namespace, allowed, checks);
    }
    const { access, spec } = checks.end({ access: allowed, spec: read });
    this.contract = props.contract;
    this.namespace = namespace;
    this.node.addValidation({ validate: () => grantProblems(this, spec, access) });
    for (const claim of claimsOf(spec, access)) {
      this.grant(spec, claim.memory, namespace, claim.access);
    }
  }

  /** Reserves the names of the claims and of the volumes. The first that is taken is reported. */
  private reserve(
    spec: ContractSpec,
    namespace: string,
    access: Access = Access.READ_ONLY,
    checks: InputChecks,
  ): void {
    const fix = 'remove one of the grants, or give one of the contracts another name';
    checks.try(() => {
      for (const { memory, access: each } of claimsOf(spec, access)) {
        // `-` joins the names, so that two contracts can mean the same claim, and two grants the
        // same volume.
        const claim = `${namespace}/${claimName(spec, memory, each)}`;
        reserveName(this, 'claim', claim, 'one grant of a contract and namespace', fix);
        const volume = persistentVolumeName(spec, memory, namespace, each);
        const allowed = 'grants whose volumes have different names';
        reserveName(this, 'PersistentVolume', volume, allowed, fix);
      }
    });
  }

  private grant(
    spec: ContractSpec,
    memory: MemorySpec,
    namespace: string,
    access: AccessKind,
  ): void {
    const volume = this.volume(spec, memory, namespace, access);
    const claim = this.claim(spec, memory, namespace, access);
    this.granted.push({ memory, access, claim, volume });
  }

  /**
   * The name of the PersistentVolumeClaim through which pods of the namespace use a memory.
   *
   * Errors: SHM007 if the grant has no such claim.
   *
   * @param memory the name of the memory; the only granted one if it is left out
   * @param access whether to read or to write through the claim; to read if it is left out
   */
  public claimName(memory?: string, access: Access = Access.READ_ONLY): string {
    return this.find(memory, access).claim.name;
  }

  /**
   * The name of the PersistentVolume behind such a claim.
   *
   * Errors: SHM007 if the grant has no such claim.
   *
   * @param memory the name of the memory; the only granted one if it is left out
   * @param access whether to read or to write through the volume; to read if it is left out
   */
  public persistentVolumeName(memory?: string, access: Access = Access.READ_ONLY): string {
    return this.find(memory, access).volume.name;
  }

  private find(memory: string | undefined, access: Access) {
    const names = [...new Set(this.granted.map(each => each.memory.name))];
    const name = memory ?? (names.length === 1 ? names[0] : undefined);
    const found = this.granted.find(each => each.memory.name === name && each.access === access);
    if (found) {
      return found;
    }
    const all = this.granted.map(each => `${each.memory.name} ${each.access}`);
    throw new InputError(this.node.path, {
      code: 'SHM007',
      field: 'claim',
      given: `${memory === undefined ? 'no memory' : show(memory)} and ${show(access)}`,
      allowed: `a memory and an access that are granted here: ${all.join(', ')}`,
      fix: 'name one of them, or grant what is missing',
    });
  }

  private check(spec: ContractSpec, { add }: InputChecks): void {
    if (claimableMemories(spec).length === 0 || spec.clientVolume === 'hostPath') {
      add({
        code: 'SHM007',
        field: 'contract',
        given: `contract ${spec.name}, ${spec.clientVolume === 'hostPath' ? 'whose clients use hostPath' : 'which has no directory to claim'}`,
        allowed:
          'a contract with a directory on the node (Backing.directory() or .tmpfs(), SharedMemory.descriptors()) and ClientVolume.persistentVolumeClaim()',
        fix: 'leave the grant out: clients of this contract need none',
      });
    }
  }

  private volume(
    spec: ContractSpec,
    memory: MemorySpec,
    namespace: string,
    access: AccessKind,
  ): ApiObject {
    const { key, value } = spec.nodes.label;
    const volume = clusterScoped(this, `${memory.name}-volume${idOf(access)}`, {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: {
        name: persistentVolumeName(spec, memory, namespace, access),
        ...(memory.existing === undefined || isGuarded(memory)
          ? {}
          : { annotations: { [GRANT_ANNOTATION.key]: grantAnnotation(spec, memory, access) } }),
      },
      spec: {
        accessModes: [modeOf(access)],
        capacity: { storage: CAPACITY },
        claimRef: {
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
          name: claimName(spec, memory, access),
          namespace,
        },
        local: { path: memoryDirectory(spec, memory) },
        nodeAffinity: {
          required: {
            nodeSelectorTerms: [{ matchExpressions: [{ key, operator: 'In', values: [value] }] }],
          },
        },
        persistentVolumeReclaimPolicy: 'Retain',
      },
    });
    const readOnly: Operation = {
      do: 'set',
      in: 'object',
      path: ['spec', 'mountOptions'],
      value: ['ro'],
      reason: 'ContractGrant: read-only in the kernel, whatever a pod of the client namespace says',
    };
    addEdit(volume, {
      owner: 'ContractGrant',
      key: 'ContractGrant',
      operations: [
        {
          do: 'explain',
          reason: `ContractGrant: memory ${memory.name} of contract ${spec.name} for namespace ${namespace}, on every node that has the agent${memory.existing === undefined ? '' : `; directory ${memory.existing.path} of the node, which somebody else makes, outside Pod Security`}`,
        },
        {
          do: 'set',
          in: 'object',
          path: ['spec', 'capacity', 'storage'],
          value: CAPACITY,
          reason: 'ContractGrant: nominal; Kubernetes does not enforce it on a local volume',
        },
        ...(access === 'readOnly' ? [readOnly] : []),
      ],
    });
    return volume;
  }

  private claim(
    spec: ContractSpec,
    memory: MemorySpec,
    namespace: string,
    access: AccessKind,
  ): ApiObject {
    const claim = new ApiObject(this, `${memory.name}-claim${idOf(access)}`, {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: claimName(spec, memory, access), namespace },
      spec: {
        accessModes: [modeOf(access)],
        resources: { requests: { storage: CAPACITY } },
        storageClassName: '',
        volumeName: persistentVolumeName(spec, memory, namespace, access),
      },
    });
    addEdit(claim, {
      owner: 'ContractGrant',
      key: 'ContractGrant',
      operations: [
        {
          do: 'explain',
          reason: `ContractGrant: the claim through which pods of namespace ${namespace} use memory ${memory.name} of contract ${spec.name}`,
        },
      ],
    });
    return claim;
  }
}

function idOf(access: AccessKind): string {
  return access === 'readWrite' ? '-rw' : '';
}

function modeOf(access: AccessKind): string {
  return access === 'readOnly' ? 'ReadOnlyMany' : 'ReadWriteMany';
}

function grantAnnotation(spec: ContractSpec, memory: MemorySpec, access: AccessKind): string {
  const { namespace, name: contract, version } = spec;
  const grant = { namespace, contract, version, memory: memory.name, access };
  return encodeAnnotation(grant, API_VERSION_2);
}
