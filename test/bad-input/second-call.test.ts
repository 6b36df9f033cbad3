import { Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { attachMessageOf, given } from './message';
import {
  Access,
  Accounting,
  type AttachOptions,
  Payer,
  PodSharedMemory,
  SidecarAgent,
} from '../../src';
import { AGENT, chart, contract, deployment } from '../yaml';

const sidecar = (image: string) => {
  const startup = kplus.Probe.fromCommand(['true']);
  return new SidecarAgent({ contract: contract(), containers: [{ ...AGENT, image, startup }] });
};

test('fails with the same contract and other options', () => {
  const d = deployment(chart());
  contract().attachTo(d);
  expect(attachMessageOf(() => contract().attachTo(d, { containers: ['api'] }))).toBe(
    `SHM010 [test/api] containers: given ["api"] for contract routes in a second call; the first has nothing (the pod's only container); allowed the same options, or one call; fix: call it once, with all options`,
  );
});

test('fails with each option that a second call for the same contract changes', () => {
  const d = deployment(chart());
  const bus = contract({ clients: Access.READ_WRITE, chargedTo: Payer.CLIENT });
  bus.attachTo(d, { asIs: true });
  const second: AttachOptions = {
    access: Access.READ_WRITE,
    accounting: Accounting.ADD_TO_LIMITS,
  };
  const contradictions = given(attachMessageOf(() => bus.attachTo(d, second)));
  expect(contradictions.filter(each => each.startsWith('SHM010 [test/api] a'))).toEqual([
    'SHM010 [test/api] accounting: given Accounting.ADD_TO_LIMITS for contract routes in a second call; the first has Accounting.KEEP_LIMITS',
    'SHM010 [test/api] access: given Access.READ_WRITE for contract routes in a second call; the first has Access.READ_ONLY',
    'SHM010 [test/api] asIs: given false for contract routes in a second call; the first has true',
  ]);
});

test('a second call for the same contract may write the defaults', () => {
  const d = deployment(chart());
  contract().attachTo(d);
  contract().attachTo(d, { access: Access.READ_ONLY, asIs: false, replaces: [] });
  expect(d.node.findAll().flatMap(each => each.node.validate())).toEqual([]);
});

test('fails with a second size, whose option is that of PodSharedMemory', () => {
  const d = deployment(chart());
  new PodSharedMemory({ size: Size.mebibytes(64) }).attachTo(d);
  new PodSharedMemory({ size: Size.mebibytes(128) }).attachTo(d);
  const [message] = d.node.findAll().flatMap(each => each.node.validate());
  expect(message).toContain(
    'SHM010 size: given 128Mi for PodSharedMemory in a second call; the first has 64Mi (PodSharedMemory: test/',
  );
});

test('fails with a second SidecarAgent whose own containers differ, not with an option', () => {
  const d = deployment(chart());
  sidecar('registry.example.com/agent:1').attachTo(d);
  expect(given(attachMessageOf(() => sidecar('registry.example.com/agent:2').attachTo(d)))).toEqual(
    ['SHM010 [test/api] options: given contract routes a second time, with other options'],
  );
});
