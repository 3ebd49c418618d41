import type { ContainerCreateOptions } from 'dockerode';

/** Nobody, and nobody's group: owns no file. */
const USER = '65534:65534';
const REST_PORT = '8501/tcp';
const MODELS = '/models';

/**
 * A model server as the daemon is asked to make it. Nothing in it depends on whose image it is: the files at /models, the
 * environment and the arguments are those of tensorflow/serving, and ours understands them. It answers on loopback alone.
 */
export function servingBody(server: { image: string; modelsFolder: string; port: number; memoryMb: number }): ContainerCreateOptions {
  const memory = server.memoryMb * 1024 * 1024;
  return {
    Image: server.image,
    Cmd: [`--model_config_file=${MODELS}/models.config`, '--model_config_file_poll_wait_seconds=2'],
    User: USER,
    Env: ['ALMANAC_ROLE=model-server', `MODEL_BASE_PATH=${MODELS}`, 'HOME=/tmp', 'TMPDIR=/tmp', 'TZ=UTC', 'TF_CPP_MIN_LOG_LEVEL=3'],
    ExposedPorts: { [REST_PORT]: {} },
    Tty: false,
    OpenStdin: false,
    HostConfig: {
      Mounts: [{ Type: 'bind', Source: server.modelsFolder, Target: MODELS, ReadOnly: true, BindOptions: { Propagation: 'rprivate' } }],
      PortBindings: { [REST_PORT]: [{ HostIp: '127.0.0.1', HostPort: String(server.port) }] },
      NetworkMode: 'bridge',
      ReadonlyRootfs: true,
      Tmpfs: { '/tmp': 'rw,noexec,nosuid,nodev,mode=1777,size=64m' },
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      Privileged: false,
      IpcMode: 'private',
      Memory: memory,
      MemorySwap: memory, // the same: no swap
      PidsLimit: 512,
      Ulimits: [{ Name: 'core', Soft: 0, Hard: 0 }],
      Init: true,
      AutoRemove: false, // what it left to say would go with it
      RestartPolicy: { Name: 'no' }, // whoever keeps it begins it again
      LogConfig: { Type: 'json-file', Config: { 'max-size': '16m', 'max-file': '2' } },
    },
  };
}
