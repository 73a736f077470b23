import { type Assignment, serve } from './serve.ts'

addEventListener('message', ({ data }: MessageEvent<Assignment>) => serve(data, () => postMessage('ready')), {
  once: true,
})
