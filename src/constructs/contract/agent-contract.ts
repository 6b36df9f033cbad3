import * as fs from 'fs';
import * as path from 'path';
import { type IConstruct } from 'constructs';
import { type AgentContractProps } from './agent-contract-props';
import { comparison, type ContractComparison } from './contract-comparison';
import { specOfProps } from './contract-props-spec';
import { InputError, show } from '../../errors';
import { readContract, readContractOf, writeContract } from '../../model/contract/contract-json';
import type { ContractSpec } from '../../model/contract/contract-spec';
import { explain } from '../../model/contract/technique';
import { CallSite } from '../../wire/call-site';
import { type ServeFromOptions } from '../agent/serve';
import { serveFrom } from '../agent/serve-from';
import {
  ATTACH_TO,
  ATTACH_TO_ALL,
  type AttachOptions,
  type AttachToAllOptions,
} from '../client/attach-options';
import { clientAttachment } from '../client/client-attachment';
import { attachToEach, attachToOne } from '../support/attaching';

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
    return AgentContract.of(readContractOf(file, readText(file)));
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
    attachToOne(clientAttachment(this.spec, target), options, ATTACH_TO);
  }

  /**
   * Attaches every workload at or below a construct.
   *
   * @param scope for example a chart
   * @param options containers and access, the same for all of them
   */
  public attachToAll(scope: IConstruct, options: AttachToAllOptions = {}): void {
    attachToEach(clientAttachment(this.spec, scope), options, ATTACH_TO_ALL);
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
   * @param target the DaemonSet, a construct that holds exactly one pod template, or a `NodeAgent`
   * that serves another contract; if it is updated in waves, all its DaemonSets serve this one, too
   * @param options container, image of the init steps, and which workload if there are several
   */
  public serveFrom(target: IConstruct, options: ServeFromOptions = {}): void {
    serveFrom(this.spec, target, options);
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
}

/**
 * Returns what another construct needs to know of a contract. It reads the JSON form, because the
 * contract may come from another copy of the library.
 */
export function specOf(contract: AgentContract, where: string, field = 'contract'): ContractSpec {
  if (typeof contract?.toJson !== 'function') {
    throw new InputError(where, {
      code: 'SHM018',
      field,
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
    const [reason] = (error as Error).message.split(', open ');
    const { place } = new CallSite();
    throw new InputError('contract JSON', {
      code: 'SHM018',
      field: 'file',
      given: `${show(file)} (${triedPath(file)}): ${reason}`,
      allowed: 'a file that contract.toFile() wrote',
      fix: `write the path relative to the working folder, in which the app runs, or an absolute path${place === undefined ? '' : ` (${place})`}`,
    });
  }
}

function triedPath(file: unknown): string {
  const tried = typeof file === 'string' ? `tried ${path.resolve(file)}, ` : '';
  return `${tried}working folder ${process.cwd()}`;
}
