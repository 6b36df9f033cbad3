import { AERON } from './aeron';
import { ALLUXIO } from './alluxio';
import { BROWSERS } from './browsers';
import { CLOUDNATIVE_PG } from './cloudnative-pg';
import { DDS } from './dds';
import { DPDK } from './dpdk';
import { ICEORYX } from './iceoryx';
import { NVIDIA_MPS } from './nvidia-mps';
import { POSTGRESQL } from './postgresql';
import { PYTORCH } from './pytorch';
import { RAY } from './ray';
import { recogniser } from './recognition';
import { SGLANG } from './sglang';
import type { SoftwareProfile } from './software-profile';
import { TRITON } from './triton';
import { UCX } from './ucx';
import { VLLM } from './vllm';
import type { MarkedManifests } from '../../sharing/marked-manifests';
import type { Rule } from '../rule';
import type { RuleMatch } from '../rule-match';

/** The software that is known, sorted by ID. */
export const SOFTWARE: readonly SoftwareProfile[] = [
  POSTGRESQL,
  CLOUDNATIVE_PG,
  PYTORCH,
  RAY,
  BROWSERS,
  TRITON,
  VLLM,
  NVIDIA_MPS,
  DDS,
  ICEORYX,
  AERON,
  DPDK,
  ALLUXIO,
  SGLANG,
  UCX,
];

const recognisedIn = recogniser(SOFTWARE);

/** A rule for each profile. */
export const SOFTWARE_RULES: readonly Rule[] = SOFTWARE.map(ruleOf);

function ruleOf(profile: SoftwareProfile): Rule {
  const { id, title, severity, why, fix, fact, link, wrong, right } = profile;
  const check = (marked: MarkedManifests) => matchesOf(profile, marked);
  return { id, title, severity, why, fix, fact, link, wrong, right, check };
}

function matchesOf(profile: SoftwareProfile, marked: MarkedManifests): RuleMatch[] {
  const matches: RuleMatch[] = [];
  const found = (match: RuleMatch) => {
    matches.push(match);
  };
  for (const container of recognisedIn(marked).get(profile) ?? []) {
    profile.check?.(container, found);
  }
  for (const sign of profile.checkObject ? (profile.signs.kinds ?? []) : []) {
    const [group, kind] = sign.split('/');
    for (const manifest of marked.set.ofKind(kind)) {
      if (manifest.apiVersion.startsWith(`${group}/`)) {
        profile.checkObject?.(manifest, found);
      }
    }
  }
  return matches;
}
