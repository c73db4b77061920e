/** Builds test images, `node test/dist/images/main.js node-server`, and prints their names: tests of packages run it. */
import { buildImage, imageNames } from './build.js'

for (const wanted of process.argv.slice(2)) {
  const name = imageNames.find((one) => one === wanted)
  if (name === undefined) throw new Error(`there is no test image '${wanted}'; there are ${imageNames.join(', ')}`)
  console.log(await buildImage(name))
}
