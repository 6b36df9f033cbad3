export { Access } from './constructs/contract/access';
export { Accounting } from './constructs/contract/accounting';
export {
  Acknowledgements,
  Scanner,
  type Acknowledgement,
} from './constructs/contract/acknowledgements';
export { AgentAlerts, type AgentAlertsProps } from './constructs/agent/agent-alerts';
export { AgentContract } from './constructs/contract/agent-contract';
export {
  type AgentContractProps,
  type AllowedNodePath,
} from './constructs/contract/agent-contract-props';
export { AgentNamespace, type AgentNamespaceProps } from './constructs/agent/agent-namespace';
export { AgentNodes } from './constructs/contract/agent-nodes';
export { AgentPriority } from './constructs/agent/agent-priority';
export {
  AgentUpdate,
  type AgentCandidate,
  type AgentWavesOptions,
  type RollingUpdateOptions,
} from './constructs/rollout/agent-update';
export { type AttachOptions, type AttachToAllOptions } from './constructs/client/attach-options';
export {
  Backing,
  NodeContent,
  type ExistingOptions,
  type TmpfsOptions,
} from './constructs/contract/backing';
export { ClientInjection, type ClientInjectionProps } from './constructs/policy/client-injection';
export {
  ClientPolicy,
  type ClientPolicyGrant,
  type ClientPolicyProps,
} from './constructs/policy/client-policy';
export { PolicyAction } from './constructs/policy/policy-action';
export { ClientUser } from './constructs/contract/client-user';
export { ClientVolume } from './constructs/contract/client-volume';
export { ContractEnv, type ContractEnvOptions } from './constructs/contract/contract-env';
export {
  ContractPart,
  type ContractChange,
  type ContractComparison,
} from './constructs/contract/contract-comparison';
export { ClientNamespace } from './constructs/client/client-namespace';
export {
  PodSecurityLevel,
  type ClientContainerMemory,
  type ClientNamespaceProps,
  type ClientQuota,
} from './constructs/client/client-namespace-props';
export { ContractGrant, type ContractGrantProps } from './constructs/client/contract-grant';
export { Leftovers, type SweepOptions } from './constructs/agent/leftovers';
export { NodeAgent } from './constructs/agent/node-agent';
export { type NodeAgentProps } from './constructs/agent/node-agent-props';
export { NodeCleanup, type NodeCleanupProps } from './constructs/node/node-cleanup';
export { NodeGuard, type NodeGuardProps } from './constructs/node/node-guard';
export { NodeMemory, type NodeMemoryProps } from './constructs/node/node-memory';
export { NodePreflight, type NodePreflightProps } from './constructs/node/node-preflight';
export { Payer } from './constructs/contract/payer';
export { PodSecurity } from './constructs/client/pod-security-attachment';
export {
  PodSharedMemory,
  type PodSharedMemoryAllOptions,
  type PodSharedMemoryOptions,
  type PodSharedMemoryProps,
} from './constructs/client/pod-shared-memory';
export {
  ReadyWhen,
  type ReadyWhenFileOptions,
  type ReadyWhenOptions,
} from './constructs/contract/ready-when';
export { type ServeFromOptions, type ServingOptions } from './constructs/agent/serve';
export {
  HugePages,
  SharedMemory,
  type DescriptorsOptions,
  type FilesOptions,
  type MemoryOptions,
  type PosixOptions,
  type SystemVOptions,
} from './constructs/contract/shared-memory';
export { StartupTaint } from './constructs/node/startup-taint';
export { type StartupTaintProps } from './constructs/node/startup-taint-props';
export { WorkloadShift, type WorkloadShiftProps } from './constructs/rollout/workload-shift';
export { SidecarAgent, type SidecarAgentProps } from './constructs/agent/sidecar-agent';
export { type TargetOptions } from './constructs/support/targets';
export { SharedMemoryValidation } from './plugin';
export {
  FindingSeverity,
  RulePack,
  type Finding,
  type FindingAcknowledgement,
} from './synth/finding';
export { Review, type ReviewOptions, type ReviewSynthOptions } from './synth/review';
export { ReviewApp, type ReviewAppProps } from './synth/review-app';
