import * as fs from 'fs';
import * as path from 'path';
import { type IConstruct } from 'constructs';
import { Access } from './access';
import { addsToLimits } from './accounting';
import { type AgentContractProps } from './agent-contract-props';
import { comparison, type ContractComparison } from './contract-comparison';
import { specOfProps } from './contract-props-spec';
import { InputError, show } from '../../errors';
import { getOrCreate } from '../../kube/group';
import { clientEdit, type Using } from '../../model/client/client-edit';
import { readContract, writeContract } from '../../model/contract/contract-json';
import type { ContractSpec } from '../../model/contract/contract-spec';
import { ownerOf } from '../../model/contract/node-layout';
import { explain } from '../../model/contract/technique';
import { optionsOf } from '../../options';
import type { Edit } from '../../wire/edit';
import { addEdit } from '../../wire/hook';
import { serve, SERVE_FROM_OPTIONS, type ServeFromOptions } from '../agent/serve';
import {
  ATTACH_TO,
  ATTACH_TO_ALL,
  type AttachOptions,
  type AttachToAllOptions,
} from '../client/attach-options';
import { requireSameContract } from '../support/app-registry';
import { attaching } from '../support/attaching';
import { allowedAccess, containerNames, flag, volumeNames } from '../support/input-values';
import { allTargets, oneTarget, type Target } from '../support/targets';

/**
 * What an agent shares with the workloads of its node: a plain value that both sides import, or
 * read as JSON.
 *
 * Errors: SHM001 to SHM007, SHM014 and SHM015 for its properties, see docs/errors.md.
 *
 * @example
 * const routes = new AgentContract({
 *   name: 'routes',
 *   namespace: 'node-agents',
 *   version: 'v1',
 *   memory: [
 *     SharedMemory.files({ name: 'table', size: Size.mebibytes(256), mountPath: '/run/routes' }),
 *   ],
 *   nodes: AgentNodes.dedicated('example.com/routes-agent', 'yes'),
 *   ownerId: 10001,
 *   groupId: 2000,
 * });
 * routes.attachTo(api);
 */
export class AgentContract {
  /**
   * Reads the JSON form. Optional fields that this version of the library does not know are kept.
   *
   * @param json the text that `toJson()` wrote
   */
  public static fromJson(json: string): AgentContract {
    return AgentContract.of(readContract(json, 'contract JSON'));
  }

  /**
   * Reads the JSON form from a file.
   *
   * @param file path of a file that `toFile()` wrote
   */
  public static fromFile(file: string): AgentContract {
    return AgentContract.of(readContract(readText(file), `contract JSON ${file}`));
  }

  private static of(spec: ContractSpec): AgentContract {
    return Object.assign(Object.create(AgentContract.prototype), { spec }) as AgentContract;
  }

  private readonly spec: ContractSpec;

  /** @param props what is shared, by whom and with whom */
  public constructor(props: AgentContractProps) {
    this.spec = specOfProps(props);
  }

  /** The name of the contract. */
  public get name(): string {
    return this.spec.name;
  }

  /** The namespace of the agent. */
  public get namespace(): string {
    return this.spec.namespace;
  }

  /** The version of the data layout. */
  public get version(): string {
    return this.spec.version;
  }

  /**
   * Attaches a workload: its pods get the memory and its group, and run on the nodes that have the
   * agent. The workload can be of any cdk8s-plus version, a generated construct, an `ApiObject` or
   * part of an `Include`. Attaching adds nothing that Pod Security "restricted" refuses, unless the
   * contract has System V memory, `Backing.devShm()` or `ClientVolume.hostPath()`.
   *
   * What the workload already has stays: equal values, and a volume with the same source under its
   * own name. A second call with the same options has no effect. A contradiction to the workload,
   * or to these options, is an error when the app is validated. Nothing is overwritten; only the
   * volumes that `replaces` names leave the pod.
   *
   * @param target the workload, or a construct that holds exactly one
   * @param options containers, access, and which workload if there are several
   */
  public attachTo(target: IConstruct, options: AttachOptions = {}): void {
    attaching(ownerOf(this.spec), target, () =>
      this.attach(oneTarget(target, optionsOf(options, 'attachTo', ATTACH_TO)), options),
    );
  }

  /**
   * Attaches every workload at or below a construct.
   *
   * @param scope for example a chart
   * @param options containers and access, the same for all of them
   */
  public attachToAll(scope: IConstruct, options: AttachToAllOptions = {}): void {
    attaching(ownerOf(this.spec), scope, () => {
      optionsOf(options, 'attachToAll', ATTACH_TO_ALL);
      allTargets(scope).forEach(target => this.attach(target, options));
    });
  }

  /**
   * Makes an existing agent serve the contract: a DaemonSet of any cdk8s-plus version, a generated
   * construct, an `ApiObject`, or part of an `Include` or a Helm chart. The agent gets the volume,
   * the init steps, the user of the contract and the nodes, but none of the defaults of a
   * `NodeAgent`. Its name and selector stay, so that the live DaemonSet is updated and not created
   * again.
   *
   * The serving container runs as `ownerId`, unless the workload itself says that it is root.
   *
   * @param target the DaemonSet, or a construct that holds exactly one pod template
   * @param options container, image of the init steps, and which workload if there are several
   */
  public serveFrom(target: IConstruct, options: ServeFromOptions = {}): void {
    optionsOf(options, 'serveFrom', SERVE_FROM_OPTIONS);
    const found = oneTarget(target, options);
    const containers = containerNames(
      options.container === undefined ? undefined : [options.container],
      found.object.node.path,
    );
    const replaces = volumeNames(options.replaces, found.object);
    const asIs = flag(options.asIs, 'asIs', found.object);
    const addToLimits = addsToLimits(options.accounting, found.object);
    checkAsIs(asIs, { replaces, addToLimits }, found);
    serve(this.spec, found, options, {
      name: found.object.name,
      containers,
      keepsRoot: true,
      replaces,
      asIs,
    });
  }

  /**
   * Compares this contract with an older one: the one that app repositories have, before the
   * platform rolls this one out.
   *
   * @param other the contract that clients were rendered with, for example
   * `AgentContract.fromFile('routes.contract.json')`
   */
  public compatibleWith(other: AgentContract): ContractComparison {
    return comparison(this.name, specOf(other, `contract ${this.name}`), this.spec);
  }

  /**
   * Explains what each memory's API means for the YAML, and which promises its technique keeps, as
   * plain text for people.
   */
  public explain(): string {
    return explain(this.spec);
  }

  /**
   * The JSON form, which an app repository reads with `AgentContract.fromJson()`. It is stable and
   * ends with a line break. docs/contract.md describes it.
   */
  public toJson(): string {
    return writeContract(this.spec);
  }

  /**
   * Writes the JSON form to a file. The output folder of `cdk8s synth` is refused, because kubectl
   * would apply the file as a manifest.
   *
   * @param file path of the file, for example routes.contract.json
   */
  public toFile(file: string): void {
    const output = path.resolve(process.env.CDK8S_OUTDIR ?? 'dist');
    if (`${path.resolve(file)}${path.sep}`.startsWith(output + path.sep)) {
      throw new InputError(`contract ${this.name}`, {
        code: 'SHM019',
        field: 'file',
        given: show(file),
        allowed: 'a path outside the output folder: kubectl and Argo CD read every file there',
        fix: 'write it next to the code that makes it',
      });
    }
    const temporary = `${file}.${process.pid}.tmp`;
    try {
      fs.writeFileSync(temporary, this.toJson());
      fs.renameSync(temporary, file);
    } catch (error) {
      throw new InputError(`contract ${this.name}`, {
        code: 'SHM019',
        field: 'file',
        given: (error as Error).message,
        allowed: 'a path in a folder that exists and is writable',
        fix: 'create the folder, or write another path',
      });
    } finally {
      fs.rmSync(temporary, { force: true });
    }
  }

  private attach({ object, template }: Target, options: AttachOptions): void {
    requireSameContract(object, this.spec);
    const access = allowedAccess(this.spec, options.access ?? Access.READ_ONLY, object);
    const addToLimits = addsToLimits(options.accounting, object);
    if (addToLimits && this.spec.chargedTo !== 'client') {
      throw new InputError(object, {
        code: 'SHM007',
        field: 'accounting',
        given: 'Accounting.ADD_TO_LIMITS',
        allowed: `nothing: the agent of contract ${this.name} pays for the memory`,
        fix: 'leave it out, or ask the owner of the contract for chargedTo: Payer.CLIENT',
      });
    }
    const containers = containerNames(options.containers, object);
    const replaces = volumeNames(options.replaces, object);
    const asIs = flag(options.asIs, 'asIs', object);
    checkAsIs(asIs, { replaces, addToLimits }, { object, template });
    const using = { access, containers, addToLimits, replaces, asIs };
    addEdit(object, sharedEdit(this.spec, template, using));
  }
}

/** Checks that no option contradicts `asIs`. */
function checkAsIs(
  asIs: boolean,
  { replaces, addToLimits }: Pick<Using, 'addToLimits'> & { readonly replaces: readonly string[] },
  { object }: Target,
): void {
  if (asIs && (replaces.length > 0 || addToLimits)) {
    throw new InputError(object, {
      code: 'SHM007',
      field: 'asIs',
      given: `true, with ${addToLimits ? 'Accounting.ADD_TO_LIMITS' : `replaces: ${show(replaces)}`}`,
      allowed: 'one of them: asIs changes nothing in the pods',
      fix: 'leave one of them out',
    });
  }
}

/**
 * What a contract does to its clients is mostly the same for all of them: a thousand workloads need
 * one edit, not a thousand.
 */
const edits = new WeakMap<ContractSpec, Map<string, Edit>>();

function sharedEdit(spec: ContractSpec, template: string, using: Using): Edit {
  const key = `${template} ${JSON.stringify(using)}`;
  return getOrCreate(
    getOrCreate(edits, spec, () => new Map()),
    key,
    () => clientEdit(spec, template, using),
  );
}

/**
 * Returns what another construct needs to know of a contract. It reads the JSON form, because the
 * contract may come from another copy of the library.
 */
export function specOf(contract: AgentContract, where: string): ContractSpec {
  if (typeof contract?.toJson !== 'function') {
    throw new InputError(where, {
      code: 'SHM018',
      field: 'contract',
      given: show(contract),
      allowed: 'an AgentContract',
      fix: 'make one with new AgentContract(), or read its JSON form with AgentContract.fromFile()',
    });
  }
  return readContract(contract.toJson(), where);
}

function readText(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    throw new InputError('contract JSON', {
      code: 'SHM018',
      field: 'file',
      given: (error as Error).message,
      allowed: 'a file that contract.toFile() wrote',
      fix: 'write the path relative to the folder in which the app runs',
    });
  }
}
