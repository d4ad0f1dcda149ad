// One AMD module, as Grafana loads it, and the files beside it. What Grafana gives is not packed.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import CopyPlugin from 'copy-webpack-plugin';
import { LicenseWebpackPlugin } from 'license-webpack-plugin';

const here = import.meta.dirname;
const { version } = JSON.parse(await readFile(path.join(here, 'package.json'), 'utf-8'));
const { id } = JSON.parse(await readFile(path.join(here, 'src/plugin.json'), 'utf-8'));

/** Fills in what is known when the app is built. */
const filled = (content) =>
  content
    .toString()
    .replaceAll('%VERSION%', version)
    .replaceAll('%TODAY%', new Date().toISOString().slice(0, 10))
    .replaceAll('%PLUGIN_ID%', id);

export default {
  mode: 'production',
  context: path.join(here, 'src'),
  entry: { module: './module.ts' },
  devtool: 'source-map',
  target: ['web', 'es2020'],
  externals: ['react', 'react-dom', 'rxjs', '@emotion/css', '@grafana/data', '@grafana/runtime', '@grafana/ui'],
  resolve: { extensions: ['.ts', '.tsx', '.js'] },
  module: {
    rules: [
      {
        test: /\.tsx?$/,
        exclude: /node_modules/,
        use: {
          loader: 'swc-loader',
          options: { jsc: { target: 'es2020', parser: { syntax: 'typescript', tsx: true } } },
        },
      },
    ],
  },
  output: {
    path: path.join(here, 'dist'),
    clean: true,
    filename: '[name].js',
    library: { type: 'amd' },
    publicPath: `public/plugins/${id}/`,
    uniqueName: id,
  },
  performance: { hints: false },
  plugins: [
    // What others wrote of module.js, if it holds any; what Grafana gives is not packed.
    new LicenseWebpackPlugin({
      outputFilename: 'licenses.txt',
      perChunkOutput: false,
      excludedPackageTest: (name) => name === id,
    }),
    new CopyPlugin({
      patterns: [
        { from: 'plugin.json', transform: filled },
        { from: 'img', to: 'img' },
        { from: path.join(here, 'README.md') },
        { from: path.join(here, 'CHANGELOG.md') },
        { from: path.join(here, '../LICENSE') },
      ],
    }),
  ],
};
