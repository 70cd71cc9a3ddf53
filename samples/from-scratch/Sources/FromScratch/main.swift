import Espalier
import Trace

// A network written in Swift, trained from nothing: no ONNX file, no pretrained weights.
// Usage: FromScratch DATA.pack, where DATA has 28x28 pictures of one channel in ten classes.

let batch = 16
let network = try trace([batch, 28, 28, 1], seed: 7) { pictures in
  pictures
    .conv("stem", outputs: 16, kernel: 3, stride: 2, padding: 1).relu6()
    .scope("block") { x in
      let wide = x.conv("expand", outputs: 32, kernel: 1).relu6()
      return wide.depthwiseConv("depthwise", kernel: 3, padding: 1).relu6().conv("project", outputs: 16, kernel: 1) + x
    }
    .conv("wide", outputs: 48, kernel: 3, stride: 2, padding: 1).relu6()
    .globalAverage()
    .dense("classifier", outputs: 10)
}

var options = CompileOptions()
options.batch = batch
options.optimizer = .momentum
options.learningRate = 0.05
options.schedule = .cosine
options.steps = 800

guard CommandLine.arguments.count == 2 else { fatalError("usage: FromScratch DATA.pack") }
let samples = try Samples(path: CommandLine.arguments[1])
let plan = try Plan.compile(traced: network, cap: .kibibytes(1792), options: options)
print("parameters \(plan.report.trainedParameters), arena \(plan.report.arenaBytes) bytes of \(plan.report.capBytes ?? 0)")

let trainer = try Trainer(plan)
print("accuracy before training \(try trainer.evaluate(samples).accuracy ?? 0)")
for try await report in trainer.train(on: samples, TrainingOptions()) where report.step % 200 == 0 {
  print("step \(report.step) of \(report.steps), loss \(report.loss)")
}
print("accuracy after training \(try trainer.evaluate(samples).accuracy ?? 0)")
