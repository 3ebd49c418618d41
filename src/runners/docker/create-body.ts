import type { ContainerCreateOptions } from 'dockerode';

/** Nobody, and nobody's group: owns no file. */
const USER = '65534:65534';
const SCRATCH = 'rw,noexec,nosuid,nodev,mode=1777,size=256m';
/** Threads and processes of one job: TensorFlow takes a few dozen. */
const MOST_PROCESSES = 512;
/** Where the job's folder is inside. */
export const JOB_FOLDER = '/job';

/**
 * What the daemon is asked to make. Everything that opens or closes a door is a constant here; a job chooses its program, its
 * folder and how much memory it gets, and nothing else. The daemon's socket is never among the mounts.
 */
export function createBody(job: { image: string; program: string; folder: string; inputs: readonly string[]; memoryMb: number; labels: Readonly<Record<string, string>> }): ContainerCreateOptions {
  const memory = job.memoryMb * 1024 * 1024;
  const bind = (name: string, isInput: boolean) => ({ Type: 'bind' as const, Source: name === '' ? job.folder : `${job.folder}/${name}`, Target: name === '' ? JOB_FOLDER : `${JOB_FOLDER}/${name}`, ReadOnly: isInput, BindOptions: { Propagation: 'rprivate' as const } });
  return {
    Image: job.image,
    Cmd: [job.program, JOB_FOLDER],
    User: USER,
    Env: ['HOME=/tmp', 'TMPDIR=/tmp', 'TZ=UTC', 'TF_CPP_MIN_LOG_LEVEL=3', `NODE_OPTIONS=--max-old-space-size=${job.memoryMb}`],
    Labels: { ...job.labels },
    NetworkDisabled: true,
    Healthcheck: { Test: ['NONE'] }, // it ends by itself, and is judged by that
    Tty: false,
    OpenStdin: false,
    HostConfig: {
      Mounts: [bind('', false), ...job.inputs.map((name) => bind(name, true))],
      NetworkMode: 'none',
      ReadonlyRootfs: true,
      Tmpfs: { '/tmp': SCRATCH },
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      Privileged: false,
      IpcMode: 'private',
      Memory: memory,
      MemorySwap: memory, // the same: no swap
      PidsLimit: MOST_PROCESSES,
      Ulimits: [{ Name: 'core', Soft: 0, Hard: 0 }],
      Init: true, // passes signals on and buries the dead
      AutoRemove: false, // what it left to say would go with it
      RestartPolicy: { Name: 'no' },
      LogConfig: { Type: 'json-file', Config: { 'max-size': '16m', 'max-file': '2' } },
    },
  };
}
