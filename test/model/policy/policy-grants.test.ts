import { Size } from 'cdk8s';
import { Access, SharedMemory } from '../../../src';
import { specOf } from '../../../src/constructs/contract/agent-contract';
import { policyGrantsOf } from '../../../src/model/policy/policy-grants';
import { contract } from '../../yaml';

const spec = specOf(
  contract({
    memory: [SharedMemory.systemV({ name: 'ring', size: Size.mebibytes(64) })],
    clients: Access.READ_WRITE,
  }),
  '',
);

test('the order of the grants does not depend on the order of the namespaces', () => {
  const granted = (...namespaces: string[]) =>
    policyGrantsOf(namespaces.map(namespace => ({ namespace, spec, access: 'readWrite' })));
  expect(granted('b', 'a', 'c', 'a')).toEqual([
    { namespace: 'a', use: 'hostIPC' },
    { namespace: 'b', use: 'hostIPC' },
    { namespace: 'c', use: 'hostIPC' },
  ]);
});
