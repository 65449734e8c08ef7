/** Where each data file can be had, and how it becomes what we read. `docs/data.md` says the same at more length. */
const CIFAR =
  "the CIFAR-10 binary version, https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz; take the first 1000 records, that is " +
  "3,073,000 bytes, of test_batch.bin (head -c 3073000 test_batch.bin).";

const MNIST =
  "the MNIST test set (t10k-images-idx3-ubyte.gz and t10k-labels-idx1-ubyte.gz of Yann LeCun's site and its mirrors), " +
  "written as 1000 records of one label byte and 784 pixel bytes.";

export const SOURCES: Readonly<Record<string, string>> = {
  "vision/cifar10-test-1000.bin": CIFAR,
  "vision/cifar10-resnet20.onnx":
    "pretrained_models/resnet20-12fca82f.th of https://github.com/akamaster/pytorch_resnet_cifar10, exported with " +
    "torch.onnx.export to opset 13: input [batch, 3, 32, 32] with a dynamic batch, output 10 logits.",
  "vision/mnist-test-1000.bin": MNIST,
  "vision/mnist-cnn.onnx":
    "models/mnist of https://github.com/IBM/ZOSVRG-BlackBox-Adv (Keras), converted to ONNX: input [batch, 1, 28, 28], output 10 logits.",
};
