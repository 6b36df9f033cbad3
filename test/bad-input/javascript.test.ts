import { ApiObject, Size } from 'cdk8s';
import { attachMessageOf, files, messageOf } from './message';
import { agent, any } from './untyped';
import {
  AgentContract,
  ContractGrant,
  NodeAgent,
  PodSharedMemory,
  ReadyWhen,
  SharedMemory,
  type AgentContractProps,
  type AttachOptions,
} from '../../src';
import { chart, contract, deployment, TOOLS } from '../yaml';

/*
 * What TypeScript refuses, and JavaScript and JSON let through: each is an error in the user's
 * words, none a TypeError, nothing is ignored.
 */

test.each<[string, () => unknown, string]>([
  [
    'no properties',
    () => new AgentContract(any(undefined)),
    'SHM007 [AgentContract] properties: given nothing; allowed an object with options among acknowledgements, allowedNodePaths,',
  ],
  [
    'an agent without properties',
    () => new NodeAgent(chart(), 'agent', any(undefined)),
    'SHM007 [test/agent] properties: given nothing;',
  ],
  [
    'a grant without properties',
    () => new ContractGrant(chart(), 'grant', any(null)),
    'SHM007 [test/grant] properties: given null;',
  ],
  [
    'a bigger /dev/shm without properties',
    () => new PodSharedMemory(any(undefined)),
    'SHM007 [PodSharedMemory] properties: given nothing;',
  ],
  [
    'one memory instead of a list',
    () => contract({ memory: any(files('/run/routes')) }),
    'SHM005 [contract routes] memory: given {"_spec":',
  ],
  [
    'files without a path',
    () => contract({ memory: [SharedMemory.files(any({ size: Size.mebibytes(1) }))] }),
    'SHM006 [contract routes] mountPath of memory data: given nothing; allowed an absolute path',
  ],
  [
    'a path that is a number',
    () => contract({ memory: [files(any(5))] }),
    'SHM006 [contract routes] mountPath of memory data: given 5;',
  ],
  [
    'a file to wait for that is a number',
    () => contract({ readyWhen: ReadyWhen.file(any(5), { toolImage: TOOLS }) }),
    'SHM006 [contract routes] readyWhen file: given 5;',
  ],
  [
    'containers that are no list',
    () => agent({ containers: any({}) }),
    'SHM009 [test/agent] containers: given {}; allowed a list of containers;',
  ],
  [
    'a container that is nothing',
    () => agent({ containers: any([null]) }),
    'SHM009 [test/agent] containers: given [null]; allowed a list of containers;',
  ],
  [
    'a file in a folder that is not there',
    () => contract().toFile('/nowhere/routes.contract.json'),
    'SHM019 [contract routes] file: given ENOENT: no such file or directory',
  ],
])('fails with %s', (_, act, message) => {
  expect(messageOf(act)).toContain(message);
});

test.each<[string, () => unknown, string]>([
  [
    'options that are null',
    () => contract().attachTo(deployment(chart()), any(null)),
    'SHM007 [test/api] properties: given null;',
  ],
  [
    'an option of another name',
    () => contract().attachTo(deployment(chart()), any<AttachOptions>({ container: 'api' })),
    'SHM007 [test/api] options: given ["container"]; allowed options among access, accounting, asIs, containers, replaces, workload; fix: write "containers" instead of "container"',
  ],
  [
    'a frozen object',
    () =>
      contract().attachTo(
        Object.freeze(
          new ApiObject(chart(), 'pod', any({ apiVersion: 'v1', kind: 'Pod', spec: {} })),
        ),
      ),
    'SHM016 [test/pod] toJson: given a frozen object;',
  ],
  [
    'a kind that every object inherits',
    () =>
      contract().attachTo(new ApiObject(chart(), 'x', { apiVersion: 'v1', kind: 'constructor' })),
    'SHM008 [test/x] target: given a construct without a pod template;',
  ],
])('fails when the app is validated with %s', (_, attach, message) => {
  expect(attachMessageOf(attach)).toContain(message);
});

const json = (memory: object) =>
  JSON.stringify({
    ...JSON.parse(contract().toJson()),
    memory: [{ name: 'data', size: '1Mi', ...memory }],
  });

test.each<[string, object, string]>([
  [
    'files without a path',
    { api: 'files' },
    'SHM006 [contract routes] mountPath of memory data: given nothing;',
  ],
  [
    'System V memory with a path',
    { api: 'systemV', mountPath: '/run/routes' },
    'SHM006 [contract routes] mountPath of memory data: given "/run/routes"; allowed nothing: System V memory has no path;',
  ],
  [
    'POSIX memory elsewhere',
    { api: 'posix', mountPath: '/run/routes' },
    'SHM006 [contract routes] mountPath of memory data: given "/run/routes"; allowed "/dev/shm"',
  ],
  [
    'System V memory with a backing',
    { api: 'systemV', backing: 'directory' },
    'SHM007 [contract routes] backing of memory data: given "directory"; allowed nothing for systemV;',
  ],
  [
    'descriptors with a backing',
    { api: 'descriptors', mountPath: '/run/routes', backing: 'tmpfs' },
    'SHM007 [contract routes] backing of memory data: given "tmpfs"; allowed nothing for descriptors;',
  ],
  [
    'a size beyond all numbers',
    { api: 'systemV', size: '1e9999' },
    'SHM003 [contract routes] size of memory data: given Infinity;',
  ],
])('fails with %s in JSON', (_, memory, message) => {
  expect(messageOf(() => AgentContract.fromJson(json(memory)))).toContain(message);
});

test('a name twice in the list of containers is once', () => {
  const props: Partial<AgentContractProps> = {};
  const d = deployment(chart());
  contract(props).attachTo(d, { containers: ['api', 'api'] });
  const annotation =
    ApiObject.of(d).toJson().metadata.annotations['cdk8s-shared-memory/contract.routes'];
  expect(JSON.parse(annotation).containers).toEqual(['api']);
});
